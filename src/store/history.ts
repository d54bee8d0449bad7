import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";

/** Rows deleted by one statement: few enough never to delay a tick or a settle. */
const BATCH = 100;

/**
 * Attempts dated in the future, because a clock was wrong when they ended, or a person wrote something
 * other than a time. They expire with those that were written after them.
 */
const MISDATED = `completed_at > ? AND id < (
  SELECT id FROM job_log WHERE completed_at < ? ORDER BY completed_at DESC LIMIT 1)`;

/** What has ended, in `job_log` and `job_queue`, until it is deleted. */
export class History {
  readonly #pruneMisdatedJobs: StatementSync;
  readonly #pruneMisdatedAttempts: StatementSync;
  readonly #pruneJobs: StatementSync;
  readonly #pruneAttempts: StatementSync;

  constructor(db: DatabaseSync) {
    this.#pruneMisdatedJobs = db.prepare(`
      DELETE FROM job_queue
      WHERE completed_at > ? AND id IN (
        SELECT job_id FROM job_log WHERE ${MISDATED} ORDER BY completed_at LIMIT ${BATCH})
    `);
    this.#pruneMisdatedAttempts = db.prepare(`
      DELETE FROM job_log WHERE id IN (
        SELECT id FROM job_log WHERE ${MISDATED} ORDER BY completed_at LIMIT ${BATCH})
    `);
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
   * Deletes one batch of attempts that ended before `cutoff` (milliseconds since the epoch, like `now`),
   * with the jobs that ended with them, and one batch of those dated after `now` that were written before
   * one of the former. Call it inside a transaction.
   *
   * @returns how many rows it deleted, and whether there may be more.
   */
  prune(cutoff: number, now: number): { readonly deleted: number; readonly more: boolean } {
    const [before, after] = [isoTime(cutoff), isoTime(now)];
    const changed = (statement: StatementSync, ...times: readonly string[]) =>
      Number(statement.run(...times).changes);
    const misdatedJobs = changed(this.#pruneMisdatedJobs, after, after, before);
    const misdated = changed(this.#pruneMisdatedAttempts, after, before);
    const jobs = changed(this.#pruneJobs, before, before);
    const attempts = changed(this.#pruneAttempts, before);
    return {
      deleted: misdatedJobs + misdated + jobs + attempts,
      more: attempts === BATCH || misdated === BATCH,
    };
  }
}
