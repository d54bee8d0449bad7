import type { Log } from "../log/log.ts";
import { endLeftovers } from "../process/group.ts";
import { type AttemptRecord, type Job, statusAfterInterruption } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";

/** What recovery needs; `end` is handed in so that a test needs no processes. */
export interface RecoveryParts {
  readonly store: Store;
  readonly now: () => number;
  readonly log: Log;
  readonly end?: typeof endLeftovers;
}

/**
 * Deals with the jobs that a crash left `running`: ends what is left of their processes, then hands
 * each to its next attempt, or calls it `dead` where no attempt is left. Run it before the first
 * claim.
 *
 * @returns how many orphans there were.
 */
export async function recoverOrphans(parts: RecoveryParts): Promise<number> {
  const { store, now, log, end = endLeftovers } = parts;
  const orphans = store.jobs.running();
  for (const job of orphans) {
    const leftover = await end(job, now());
    const record = orphanRecord(job, now());
    store.transaction(() => store.jobs.settle(job, record));
    log.warn("Orphaned job recovered", {
      plugin: job.plugin,
      job_id: job.id,
      status: record.status === "dead" ? "dead" : "queued",
      reason: record.reason,
      attempt: job.attempt,
      max_attempts: job.maxAttempts,
      pid: job.pid,
      leftover_processes: leftover === "unknown" ? "not looked for: there is no ps" : leftover,
    });
  }
  return orphans.length;
}

function orphanRecord(job: Job, now: number): AttemptRecord {
  return {
    status: statusAfterInterruption(job),
    reason: "interrupted",
    error: "the gateway ended while it ran",
    completedAt: now,
    durationMs: Math.max(0, now - job.startedAt),
    stderr: "",
  };
}
