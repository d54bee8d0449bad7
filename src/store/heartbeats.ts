import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { withoutSync } from "../sqlite/database.ts";
import { readRow, type Row } from "../sqlite/row.ts";

/** A gateway's heartbeat. Times in milliseconds since the epoch; NaN if the stored value cannot be read. */
export interface Heartbeat {
  readonly pid: number;
  /** The boot after which it ran, and when that was; `undefined` if the system did not tell. */
  readonly boot: { readonly id: string; readonly at: number } | undefined;
  readonly startedAt: number;
  /** Its last tick. */
  readonly tickAt: number;
}

/** What a gateway tells with its heartbeat. */
export interface Told {
  /** What of its config counts for all entries, as JSON. */
  readonly settings: string;
  /** How many lines of its log were lost since its start. */
  readonly droppedLines: number;
}

/** The `heartbeat` table: one row, of the running gateway or the last one. */
export class Heartbeats {
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #stop: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#select = db.prepare(
      "SELECT pid, boot_id, booted_at, started_at, tick_at FROM heartbeat WHERE id = 1",
    );
    this.#select.setReadBigInts(true);
    this.#upsert = db.prepare(`
      INSERT INTO heartbeat
        (id, pid, boot_id, booted_at, started_at, tick_at, settings, dropped_lines)
      VALUES (1, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET pid = excluded.pid, boot_id = excluded.boot_id,
        booted_at = excluded.booted_at, started_at = excluded.started_at, tick_at = excluded.tick_at,
        settings = excluded.settings, dropped_lines = excluded.dropped_lines, stopped_at = NULL
    `);
    this.#stop = db.prepare("UPDATE heartbeat SET stopped_at = ? WHERE id = 1 AND pid = ?");
  }

  /** The last heartbeat; `undefined` before the first one. */
  last(): Heartbeat | undefined {
    const row = this.#select.get();
    return row === undefined ? undefined : toHeartbeat(row);
  }

  /** Stores a heartbeat. It need not reach the disk: a power cut ends every process that it is about. */
  beat({ pid, boot, startedAt, tickAt }: Heartbeat, { settings, droppedLines }: Told): void {
    const bootedAt = boot === undefined ? null : isoTime(boot.at);
    const times = [isoTime(startedAt), isoTime(tickAt)];
    withoutSync(
      this.#db,
      () => this.#upsert.run(pid, boot?.id ?? null, bootedAt, ...times, settings, droppedLines),
    );
  }

  /** Stores that the gateway with this pid has stopped. It need not reach the disk, either. */
  stop(pid: number, now: number): void {
    withoutSync(this.#db, () => this.#stop.run(isoTime(now), pid));
  }
}

function toHeartbeat(row: Row): Heartbeat {
  const { text, time, integer } = readRow("heartbeat", row);
  const boot = row.boot_id === null
    ? undefined
    : { id: text("boot_id"), at: time("booted_at") ?? NaN };
  return {
    pid: integer("pid") ?? NaN,
    boot,
    startedAt: time("started_at") ?? NaN,
    tickAt: time("tick_at") ?? NaN,
  };
}
