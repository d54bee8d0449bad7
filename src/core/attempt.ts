import type { Ending } from "./ending.ts";
import type { Job } from "./job.ts";

/** One attempt at a job, from its claim to its end: a row of `job_log`. */
export interface Attempt {
  readonly job: Job;
  readonly ending: Ending;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /**
   * In milliseconds from the spawn to the end, 0 if nothing was spawned. Of an orphan, whose end nobody
   * saw, from its claim to its recovery.
   */
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
  /** `undefined` if nobody read it. */
  readonly stdout: string | undefined;
}

/**
 * An attempt of whose process nothing is known: it is taken to have lasted from its claim until `now`, in
 * milliseconds since the epoch.
 */
export function unseenAttempt(job: Job, ending: Ending, now: number): Attempt {
  const durationMs = Math.max(0, now - job.startedAt);
  return { job, ending, endedAt: now, durationMs, stderr: "", stdout: undefined };
}
