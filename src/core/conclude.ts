import type { Ending } from "./ending.ts";
import type { Job } from "./job.ts";

/** What happens to a job after an attempt. */
export type Verdict =
  | { readonly status: "succeeded" | "failed" | "dead" }
  /** It goes back to its place in the queue. */
  | { readonly status: "queued"; readonly nextAttempt: number };

/**
 * What an ending means for its job. Another attempt follows one that was interrupted, as long as
 * the job has one left; every other ending is final. Source: docs/decisions.md, "At least once".
 */
export function conclude(ending: Ending, job: Pick<Job, "attempt" | "maxAttempts">): Verdict {
  if (ending.ok) return { status: "succeeded" };
  if (ending.reason !== "interrupted") return { status: "failed" };
  return job.attempt < job.maxAttempts
    ? { status: "queued", nextAttempt: job.attempt + 1 }
    : { status: "dead" };
}
