import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";

/** What the gateway does with one entry of its config. */
export interface EntryRow {
  readonly name: string;
  readonly status: "enabled" | "disabled" | "refused";
  /** Absolute, of a plugin that runs. */
  readonly folder?: string | undefined;
  /** As JSON, of a plugin that runs. */
  readonly schedule?: string | undefined;
  /** What else counts for its jobs, as JSON, of a plugin that runs. */
  readonly settings?: string | undefined;
  /** The code of the first reason against it. */
  readonly refusal?: string | undefined;
  /** All reasons against it, for people. */
  readonly error?: string | undefined;
}

/** The `entries` table: what the gateway runs since its start, for those who only read. */
export class Entries {
  readonly #upsert: StatementSync;
  readonly #deleteOthers: StatementSync;

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(`
      INSERT OR REPLACE INTO entries
        (name, status, folder, schedule, settings, refusal, error, config_digest, loaded_at)
      SELECT value ->> 'name', value ->> 'status', value ->> 'folder', value ->> 'schedule',
        value ->> 'settings', value ->> 'refusal', value ->> 'error', ?, ?
      FROM json_each(?)
    `);
    this.#deleteOthers = db.prepare(`
      DELETE FROM entries WHERE name NOT IN (SELECT value ->> 'name' FROM json_each(?))
    `);
  }

  /**
   * Stores what is run in place of what was.
   *
   * @param digest SHA-256 of the config file, in hexadecimal.
   * @param now milliseconds since the epoch.
   */
  replace(rows: readonly EntryRow[], digest: string, now: number): void {
    const json = JSON.stringify(rows);
    this.#upsert.run(digest, isoTime(now), json);
    this.#deleteOthers.run(json);
  }
}

/** The statements with which an owner forgets entries that the config no longer names. */
export function forgetByHand(names: readonly string[]): string {
  const list = names.map(literal).join(", ");
  return `DELETE FROM plugin_state WHERE plugin_name IN (${list}); ` +
    `DELETE FROM schedule WHERE plugin IN (${list})`;
}

/** A text as a literal of SQL. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
