import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Attempt } from "../core/attempt.ts";

/** Upper bounds of the duration buckets, in milliseconds; the last has none. */
export const BUCKETS_MS: readonly number[] = [
  ...[100, 300, 1_000, 3_000, 10_000, 30_000, 60_000, 300_000, 1_800_000],
  Number.MAX_SAFE_INTEGER,
];

/** A person may have written any number; a counter from here on stays, since SQLite's must not overflow. */
const CEILING = 2n ** 62n;

/** The `totals` table: counters of attempts, which only grow and outlive `job_log`. */
export class Totals {
  readonly #add: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(`
      INSERT INTO totals (plugin, command, outcome, le_ms, attempts, duration_ms)
      VALUES (?, ?, ?, ?, 1, ?)
      ON CONFLICT (plugin, command, outcome, le_ms) DO UPDATE SET
        attempts = min(attempts, ${CEILING}) + 1,
        duration_ms = min(duration_ms, ${CEILING}) + excluded.duration_ms
    `);
  }

  /**
   * Counts an attempt. Call it inside the transaction that settles the job.
   *
   * @param outcome a final status, or `retried`.
   */
  add({ job, durationMs }: Attempt, outcome: string): void {
    const ms = Math.round(durationMs);
    this.#add.run(job.plugin, job.command, outcome, bucketOf(ms), ms);
  }
}

/** The upper bound of the bucket that counts a duration; both in milliseconds. */
export function bucketOf(ms: number): number {
  return BUCKETS_MS.find((bound) => ms <= bound) ?? Number.MAX_SAFE_INTEGER;
}
