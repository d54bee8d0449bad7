import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import type { Attempt } from "../core/attempt.ts";
import { type Health, UNTRIED } from "../core/breaker.ts";
import { readRow, type Row } from "../sqlite/row.ts";

/** The `health` table: how the jobs of each entry ended lately, by command. */
export class Healths {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;

  constructor(db: DatabaseSync) {
    const columns = "failures, failing_since, last_success_at, last_failure_at";
    this.#select = db.prepare(`SELECT ${columns} FROM health WHERE plugin = ? AND command = ?`);
    this.#upsert = db.prepare(`
      INSERT INTO health (plugin, command, ${columns}) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (plugin, command) DO UPDATE SET failures = excluded.failures,
        failing_since = excluded.failing_since, last_success_at = excluded.last_success_at,
        last_failure_at = excluded.last_failure_at
    `);
    this.#select.setReadBigInts(true);
  }

  /** How the jobs of one entry ended lately; {@link UNTRIED} if none has ended, or the row is unreadable. */
  read(plugin: string, command: string): Health {
    const row = this.#select.get(plugin, command);
    return row === undefined ? UNTRIED : toHealth(row);
  }

  /** Stores how an entry is. Call it inside the transaction that settles the job. */
  write(plugin: string, command: string, health: Health): void {
    const { failures, failingSince, lastSuccessAt, lastFailureAt } = health;
    const times = [failingSince, lastSuccessAt, lastFailureAt]
      .map((ms) => ms === undefined ? null : isoTime(ms));
    this.#upsert.run(plugin, command, failures, ...times);
  }
}

/** A person may have written anything there; what cannot be read counts as unknown. */
function toHealth(row: Row): Health {
  const { time, integer } = readRow("health", row);
  const timeOf = (column: string) => row[column] === null ? undefined : time(column);
  return {
    failures: integer("failures") ?? 0,
    failingSince: timeOf("failing_since"),
    lastSuccessAt: timeOf("last_success_at"),
    lastFailureAt: timeOf("last_failure_at"),
  };
}

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
