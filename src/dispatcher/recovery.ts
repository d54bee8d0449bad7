import type { Attempt } from "../core/attempt.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { endLeftovers } from "../process/group.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Store } from "../store/store.ts";
import { reportLost, reportRecovered } from "./report.ts";
import { settle } from "./settle.ts";

/** What recovery needs; `end` is handed in so that a test needs no processes. */
export interface RecoveryParts {
  readonly store: Store;
  readonly now: () => number;
  readonly log: Log;
  /** Ends the wait for storage; what is not recovered by then, the next start recovers. */
  readonly stop: AbortSignal;
  readonly end?: typeof endLeftovers;
}

/**
 * Deals with the jobs that a crash left `running`: ends what is left of their processes, then settles
 * each as interrupted. Run it before the first claim.
 *
 * @returns how many orphans there were.
 */
export async function recoverOrphans(parts: RecoveryParts): Promise<number> {
  const { store, now, log, stop, end = endLeftovers } = parts;
  const found = await retryStorage("find orphans", () => store.jobs.running(), log, stop);
  const orphans = found.ok ? found.value : [];
  const leftovers = await end(orphans, now());
  for (const [n, job] of orphans.entries()) {
    const attempt = interruptedAttempt(job, now());
    const settled = await retryStorage("recover", () => settle(parts, attempt), log, stop);
    if (!settled.ok) return n;
    if (settled.value === undefined) reportLost(log, job);
    else reportRecovered(log, settled.value, leftovers.get(job.id) ?? "gone");
  }
  return orphans.length;
}

function interruptedAttempt(job: Job, now: number): Attempt {
  return {
    job,
    ending: { ok: false, reason: "interrupted", error: "the gateway ended while it ran" },
    endedAt: now,
    durationMs: Math.max(0, now - job.startedAt),
    stderr: "",
    stdout: "",
  };
}
