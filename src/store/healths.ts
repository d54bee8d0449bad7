import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
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
