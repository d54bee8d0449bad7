import type { JsonObject } from "../base/json.ts";
import type { Ending } from "./ending.ts";
import type { Job } from "./job.ts";

/** As many characters of stdout and of stderr are kept of an attempt. */
export const MAX_KEPT_CHARS = 64 * 1024;

/** One attempt at a job, from its claim to its end: a row of `job_log`. */
export interface Attempt {
  readonly job: Job;
  readonly ending: Ending;
  /** What it changes in the state of its plugin. */
  readonly updates: JsonObject;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /**
   * Milliseconds from the spawn to the end, 0 if nothing was spawned. For an orphan: from its claim
   * to its recovery if it was still running then, else to the last sign of life of its gateway.
   */
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr: string;
  /** `undefined` if it was not read. */
  readonly stdout: string | undefined;
}

/**
 * An attempt whose end the gateway did not see.
 *
 * @param now milliseconds since the epoch.
 * @param lastSeenAt up to when its duration counts, in milliseconds since the epoch.
 */
export function unseenAttempt(job: Job, ending: Ending, now: number, lastSeenAt = now): Attempt {
  const durationMs = Math.max(0, Math.min(now, lastSeenAt) - job.startedAt);
  return { job, ending, updates: {}, endedAt: now, durationMs, stderr: "", stdout: undefined };
}
