import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";

/** Rows deleted by one statement: small enough never to hold up a tick or a settle. */
const BATCH = 100;

/** What has ended, in `job_log` and `job_queue`, and is deleted one day. */
export class History {
  readonly #pruneJobs: StatementSync;
  readonly #pruneAttempts: StatementSync;

  constructor(db: DatabaseSync) {
    // A finished job ended with one of its log rows, so the log's index finds both.
    this.#pruneJobs = db.prepare(`
      DELETE FROM job_queue
      WHERE completed_at < ? AND id IN (
        SELECT job_id FROM job_log WHERE completed_at < ? ORDER BY completed_at LIMIT ${BATCH})
    `);
    this.#pruneAttempts = db.prepare(`
      DELETE FROM job_log WHERE id IN (
        SELECT id FROM job_log WHERE completed_at < ? ORDER BY completed_at LIMIT ${BATCH})
    `);
  }

  /**
   * Deletes one batch of attempts that ended before `cutoff` (milliseconds since the epoch), with the
   * jobs that ended with them. Call it inside a transaction.
   *
   * @returns how many rows went, and whether there may be more.
   */
  prune(cutoff: number): { readonly deleted: number; readonly more: boolean } {
    const before = isoTime(cutoff);
    const jobs = Number(this.#pruneJobs.run(before, before).changes);
    const attempts = Number(this.#pruneAttempts.run(before).changes);
    return { deleted: jobs + attempts, more: attempts === BATCH };
  }
}
