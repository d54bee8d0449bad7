import type { Ending } from "./ending.ts";
import type { Job } from "./job.ts";

/** One attempt at a job, from its claim to its end: a row of `job_log`. */
export interface Attempt {
  readonly job: Job;
  readonly ending: Ending;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /**
   * In milliseconds from the spawn to the end, 0 if nothing was spawned. Of an orphan from its claim to its
   * recovery if it still ran then, else to the last sign of life of the gateway that ran it.
   */
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
  /** `undefined` if nobody read it. */
  readonly stdout: string | undefined;
}

/**
 * An attempt whose end nobody saw.
 *
 * @param now milliseconds since the epoch, as `lastSeenAt`, until which it is taken to have lasted.
 */
export function unseenAttempt(job: Job, ending: Ending, now: number, lastSeenAt = now): Attempt {
  const durationMs = Math.max(0, Math.min(now, lastSeenAt) - job.startedAt);
  return { job, ending, endedAt: now, durationMs, stderr: "", stdout: undefined };
}
