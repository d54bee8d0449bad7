import type { DatabaseSync } from "node:sqlite";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { MAX_STATE_BYTES, shallowMerge } from "../core/state.ts";

/** A plugin's state, or why what is stored is none: only another program can have written that. */
export type StoredState =
  | { readonly ok: true; readonly state: JsonObject }
  | { readonly ok: false; readonly error: string };

/** What came of preparing an update: the JSON text to store, or why it cannot be stored. */
export type MergedState =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly error: string };

/** What each plugin asked to be kept between its runs. */
export type PluginStateStore = ReturnType<typeof createPluginStateStore>;

/** Prepares the statements of the `plugin_state` table. */
export function createPluginStateStore(db: DatabaseSync) {
  const select = db.prepare("SELECT state FROM plugin_state WHERE plugin_name = ?");
  const upsert = db.prepare(`
    INSERT INTO plugin_state (plugin_name, state, updated_at) VALUES (?, ?, ?)
    ON CONFLICT (plugin_name) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
  `);

  /** The plugin's state; `{}` for a plugin that never stored any. */
  function read(plugin: string): StoredState {
    const json = select.get(plugin)?.state;
    if (json === undefined) return { ok: true, state: {} };
    try {
      const state: unknown = JSON.parse(String(json));
      if (isJsonObject(state)) return { ok: true, state };
    } catch {
      // not JSON: said below
    }
    return {
      ok: false,
      error: `the state stored in plugin_state is not a JSON object; mend that row, or delete it`,
    };
  }

  /** The state as it would be after `updates`; nothing is written yet. */
  function merge(plugin: string, updates: JsonObject): MergedState {
    const stored = read(plugin);
    if (!stored.ok) return stored;
    const json = JSON.stringify(shallowMerge(stored.state, updates));
    const bytes = new TextEncoder().encode(json).length;
    if (bytes > MAX_STATE_BYTES) {
      return {
        ok: false,
        error: `state would be ${bytes} bytes, the limit is ${MAX_STATE_BYTES}; ` +
          `keep less in state_updates`,
      };
    }
    return { ok: true, json };
  }

  /** Stores merged state. Call it inside the transaction that settles the job. */
  function write(plugin: string, json: string, now: number): void {
    upsert.run(plugin, json, new Date(now).toISOString());
  }

  return { read, merge, write };
}
