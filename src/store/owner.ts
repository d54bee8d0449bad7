import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import type { Pause } from "../core/pause.ts";
import { readRow, type Row } from "../sqlite/row.ts";
import { Healths } from "./accounts.ts";

/** The `pauses` table: entries of which nothing is claimed. */
export class Pauses {
  readonly #selectAll: StatementSync;
  readonly #upsert: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOver: StatementSync;

  constructor(db: DatabaseSync) {
    this.#selectAll = db.prepare("SELECT plugin, paused_at, until, paused_by FROM pauses");
    this.#upsert = db.prepare(
      "INSERT OR REPLACE INTO pauses (plugin, paused_at, until, paused_by) VALUES (?, ?, ?, ?)",
    );
    this.#delete = db.prepare("DELETE FROM pauses WHERE plugin = ?");
    this.#deleteOver = db.prepare("DELETE FROM pauses WHERE until <= ?");
  }

  /** Every pause, by entry; those that are over may be among them. */
  readAll(): ReadonlyMap<string, Pause> {
    return new Map(this.#selectAll.all().map(toPause).map((pause) => [pause.plugin, pause]));
  }

  /** Begins a pause, or replaces one. */
  write({ plugin, pausedAt, until, pausedBy }: Pause): void {
    const end = until === undefined ? null : isoTime(until);
    this.#upsert.run(plugin, isoTime(pausedAt), end, pausedBy);
  }

  /**
   * Ends a pause.
   *
   * @returns whether there was one.
   */
  end(plugin: string): boolean {
    return this.#delete.run(plugin).changes === 1;
  }

  /** Deletes the pauses that are over at `now`. */
  deleteOver(now: number): void {
    this.#deleteOver.run(isoTime(now));
  }
}

/** An end that a person wrote and that cannot be read never comes. */
export function toPause(row: Row): Pause {
  const { text, time } = readRow("pauses", row);
  return {
    plugin: text("plugin"),
    pausedAt: time("paused_at") ?? NaN,
    until: row.until === null ? undefined : time("until"),
    pausedBy: text("paused_by"),
  };
}

/** What an operator did. */
export interface Deed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly user: string;
  readonly command: string;
  /** Without secrets. */
  readonly args: readonly string[];
}

/** How long deeds are kept, in milliseconds. */
const YEAR_MS = 365 * 86_400_000;

/** The `audit` table: what operators did, of the last year. */
export class Audit {
  readonly #insert: StatementSync;
  readonly #deleteOld: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      "INSERT INTO audit (at, user, command, arguments) VALUES (?, ?, ?, ?)",
    );
    this.#deleteOld = db.prepare("DELETE FROM audit WHERE at < ?");
  }

  /** Adds a deed. Call it inside the transaction that does it. */
  add({ at, user, command, args }: Deed): void {
    this.#deleteOld.run(isoTime(at - YEAR_MS));
    this.#insert.run(isoTime(at), user, command, JSON.stringify(args));
  }
}

/** The tables that commands change beside the gateway. */
export interface OwnerTables {
  readonly pauses: Pauses;
  readonly audit: Audit;
  readonly healths: Healths;
}

/** Prepares the statements of commands. */
export function prepareOwnerTables(db: DatabaseSync): OwnerTables {
  return { pauses: new Pauses(db), audit: new Audit(db), healths: new Healths(db) };
}
