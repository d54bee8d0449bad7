import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Former } from "../core/state.ts";
import { exactText } from "../sqlite/row.ts";

/** A plugin's state, or why the stored value is not one: only another program can have written that. */
export type StoredState =
  | { readonly ok: true; readonly state: JsonObject }
  | { readonly ok: false; readonly error: string };

/** A change of a plugin's state. */
export interface StateChange {
  readonly plugin: string;
  /** The state after it, as JSON. */
  readonly json: string;
  readonly former: Former;
  /** The job that made it. */
  readonly jobId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How many changes of a plugin's state are kept. */
export const KEPT_CHANGES = 50;

/** How many bytes of former values are kept of a plugin, and always those of its last change. */
export const KEPT_CHANGE_BYTES = 1024 * 1024;

/** The `plugin_state` table: what each plugin keeps between its runs; and `state_history`, what it kept. */
export class States {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #selectNames: StatementSync;
  readonly #insertFormer: StatementSync;
  readonly #deleteOldest: StatementSync;
  readonly #sumFormer: StatementSync;
  readonly #deleteExcess: StatementSync;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(
      `SELECT ${exactText("state")} FROM plugin_state WHERE plugin_name = ?`,
    );
    this.#upsert = db.prepare(`
      INSERT INTO plugin_state (plugin_name, state, updated_at) VALUES (?, ?, ?)
      ON CONFLICT (plugin_name) DO UPDATE SET state = excluded.state,
        updated_at = excluded.updated_at
    `);
    this.#insertFormer = db.prepare(
      "INSERT INTO state_history (plugin, changed_at, job_id, former) VALUES (?, ?, ?, ?)",
    );
    this.#deleteOldest = db.prepare(`
      DELETE FROM state_history WHERE plugin = ? AND id <= (
        SELECT id FROM state_history WHERE plugin = ?
        ORDER BY id DESC LIMIT 1 OFFSET ${KEPT_CHANGES})
    `);
    this.#sumFormer = db.prepare(
      "SELECT sum(octet_length(former)) AS bytes FROM state_history WHERE plugin = ?",
    );
    this.#deleteExcess = db.prepare(`
      DELETE FROM state_history WHERE id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER newest AS nth, sum(octet_length(former)) OVER newest AS bytes
          FROM state_history WHERE plugin = ? WINDOW newest AS (ORDER BY id DESC))
        WHERE nth > 1 AND bytes > ${KEPT_CHANGE_BYTES})
    `);
    this.#selectNames = db.prepare("SELECT plugin_name FROM plugin_state ORDER BY plugin_name");
  }

  /** The plugin's state; `{}` for a plugin that never stored any. */
  read(plugin: string): StoredState {
    const bytes = this.#select.get(plugin)?.state;
    if (bytes === undefined) return { ok: true, state: {} };
    const json = decode(bytes);
    if (json === undefined) return unusable("is not UTF-8");
    const parsed = parseJson(json);
    if (parsed.ok && isJsonObject(parsed.value)) return { ok: true, state: parsed.value };
    const isNoObject = parsed.ok || parsed.fault === "not JSON";
    return unusable(isNoObject ? "is not a JSON object" : parsed.error);
  }

  /** The plugins that have a state, in order. */
  names(): string[] {
    return this.#selectNames.all().map(({ plugin_name }) => String(plugin_name));
  }

  /** Stores a state in place of the former one. */
  write(plugin: string, json: string, now: number): void {
    this.#upsert.run(plugin, json, isoTime(now));
  }

  /**
   * Stores a state, and what it replaces: of the last {@link KEPT_CHANGES} changes of a plugin, at most
   * {@link KEPT_CHANGE_BYTES}. Call it inside the transaction that settles the job.
   */
  change({ plugin, json, former, jobId, now }: StateChange): void {
    this.write(plugin, json, now);
    if (Object.keys(former).length === 0) return;
    this.#insertFormer.run(plugin, isoTime(now), jobId, JSON.stringify(former));
    this.#deleteOldest.run(plugin, plugin);
    const bytes = Number(this.#sumFormer.get(plugin)?.bytes);
    if (bytes > KEPT_CHANGE_BYTES) this.#deleteExcess.run(plugin);
  }
}

/** A text as it was stored; `undefined` if it is not UTF-8 text. */
function decode(bytes: SQLOutputValue): string | undefined {
  try {
    return bytes instanceof Uint8Array
      ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
      : undefined;
  } catch {
    return undefined;
  }
}

function unusable(why: string): StoredState {
  return {
    ok: false,
    error: `the state stored in plugin_state ${why}; repair or delete that row`,
  };
}
