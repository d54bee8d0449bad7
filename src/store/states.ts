import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { exactText } from "../sqlite/row.ts";

/** A plugin's state, or why the stored value is not one: only another program can have written that. */
export type StoredState =
  | { readonly ok: true; readonly state: JsonObject }
  | { readonly ok: false; readonly error: string };

/** The `plugin_state` table: what each plugin keeps between its runs. */
export class States {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #selectNames: StatementSync;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(
      `SELECT ${exactText("state")} FROM plugin_state WHERE plugin_name = ?`,
    );
    this.#upsert = db.prepare(`
      INSERT INTO plugin_state (plugin_name, state, updated_at) VALUES (?, ?, ?)
      ON CONFLICT (plugin_name) DO UPDATE SET state = excluded.state,
        updated_at = excluded.updated_at
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

  /** Stores a state. Call it inside the transaction that settles the job. */
  write(plugin: string, json: string, now: number): void {
    this.#upsert.run(plugin, json, isoTime(now));
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
