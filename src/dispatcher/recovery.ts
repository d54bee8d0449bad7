import type { Attempt } from "../core/attempt.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { jobMark } from "../plugin/environment.ts";
import { endLeftovers, type Orphan } from "../process/group.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Store } from "../store/store.ts";
import { reportLost, reportRecovered } from "./report.ts";
import { settle } from "./settle.ts";

/** What recovery needs; `end` is handed in so that a test needs no processes. */
export interface RecoveryParts {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Ends the wait for storage; what is not recovered by then, the next start recovers. */
  readonly stop: AbortSignal;
  readonly end?: typeof endLeftovers;
}

/**
 * Deals with the jobs that a crash left `running`: ends what is left of their processes, then settles
 * each as interrupted. Run it before the first claim.
 */
export async function recoverOrphans(parts: RecoveryParts): Promise<void> {
  const { store, now, log, stop, end = endLeftovers } = parts;
  const found = await retryStorage("find orphans", () => store.jobs.running(), log, stop);
  if (!found.ok) return;
  const leftovers = await end(found.value.map(toOrphan), now());
  for (const job of found.value) {
    const attempt = interruptedAttempt(job, now());
    const settled = await retryStorage("recover", () => settle(parts, attempt), log, stop);
    if (!settled.ok) return;
    if (settled.value === undefined) reportLost(log, job);
    else reportRecovered(log, settled.value, leftovers.get(job.id) ?? "gone");
  }
}

function toOrphan({ id, pid, startedAt }: Job): Orphan {
  return { id, mark: jobMark(id), pid, startedAt };
}

function interruptedAttempt(job: Job, now: number): Attempt {
  return {
    job,
    ending: { ok: false, reason: "interrupted", error: "the gateway ended while it ran" },
    endedAt: now,
    durationMs: Math.max(0, now - job.startedAt),
    stderr: "",
    stdout: undefined,
  };
}
