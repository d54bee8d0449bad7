import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import type { Plan } from "../core/schedule.ts";
import { exactText, readRow, type Row } from "../sqlite/row.ts";

/** The columns of a {@link Plan}, for a statement that reads big integers. */
export const PLAN_COLUMNS: string = `${
  exactText("plugin")
}, next_run_at, last_run_at, every_ms, jitter_ms`;

/** The `schedule` table: when each plugin ran last and runs next. */
export class Plans {
  readonly #db: DatabaseSync;
  readonly #selectAll: StatementSync;
  readonly #upsert: StatementSync;
  readonly #selectVersion: StatementSync;
  /** What the last read outside a transaction found; `undefined` after a write by this connection. */
  #known: { readonly version: number; readonly plans: ReadonlyMap<string, Plan> } | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#selectAll = db.prepare(`SELECT ${PLAN_COLUMNS} FROM schedule`);
    this.#selectAll.setReadBigInts(true);
    this.#upsert = db.prepare(`
      INSERT INTO schedule (plugin, next_run_at, last_run_at, every_ms, jitter_ms)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (plugin) DO UPDATE SET next_run_at = excluded.next_run_at,
        last_run_at = excluded.last_run_at, every_ms = excluded.every_ms,
        jitter_ms = excluded.jitter_ms
    `);
    this.#selectVersion = db.prepare("PRAGMA data_version");
  }

  /**
   * Every stored plan, by plugin name. Reads the table only if it may have changed: `data_version`
   * changes when another connection commits, and a write by this one drops what was read. Keeps nothing
   * inside a transaction, so a rollback leaves nothing behind.
   */
  readAll(): ReadonlyMap<string, Plan> {
    const version = Number(this.#selectVersion.get()?.data_version);
    if (this.#known?.version === version) return this.#known.plans;
    const plans = new Map(
      this.#selectAll.all().map(toPlan).map((plan) => [plan.plugin, plan]),
    );
    if (!this.#db.isTransaction) this.#known = { version, plans };
    return plans;
  }

  /** Stores one plugin's plan in place of its former one. */
  write(plan: Plan): void {
    this.#known = undefined;
    this.#upsert.run(
      plan.plugin,
      isoTime(plan.nextRunAt),
      isoTime(plan.lastRunAt),
      plan.everyMs,
      plan.jitterMs,
    );
  }
}

/** Reads a row with the columns {@link PLAN_COLUMNS}; what cannot be read, it says in `unreadable`. */
export function toPlan(row: Row): Plan {
  const { text, time, integer, fault } = readRow("schedule", row);
  const plan = {
    plugin: text("plugin"),
    nextRunAt: time("next_run_at") ?? NaN,
    lastRunAt: time("last_run_at") ?? NaN,
    everyMs: integer("every_ms") ?? NaN,
    jitterMs: integer("jitter_ms") ?? NaN,
  };
  const unreadable = fault();
  return unreadable === undefined ? plan : { ...plan, unreadable };
}
