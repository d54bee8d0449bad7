import type { DatabaseSync } from "node:sqlite";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { formerOf, undoChange } from "../core/state.ts";
import { exactText } from "../sqlite/row.ts";
import { States } from "../store/states.ts";
import type { Find } from "./promise.ts";
import { rowsOf } from "./rows.ts";

/**
 * Undoes the changes of each state, from the last one back, and checks that each replaced what it says. Only
 * former values are stored, so what a change put in their place can be checked only against the next change.
 */
export function checkChanges(db: DatabaseSync, find: Find): void {
  const states = new States(db);
  const sql = `SELECT id, ${exactText("plugin")}, ${exactText("former")} FROM state_history
    ORDER BY plugin, id DESC`;
  let plugin: string | undefined;
  let after: JsonObject | undefined;
  for (const row of rowsOf(db, sql)) {
    const name = textOf(row.plugin);
    if (name !== plugin) {
      const stored = states.read(name);
      [plugin, after] = [name, stored.ok ? stored.state : undefined];
    }
    const key = `id ${row.id}, plugin ${name}`;
    const former = parseFormer(textOf(row.former));
    if (former === undefined) {
      find("state.history", "state_history", key, "former is not a list of values by key");
      after = undefined;
    }
    if (after === undefined || former === undefined) continue;
    const updates = Object.entries(after).filter(([name]) => Object.hasOwn(former, name));
    const before = undoChange(after, former);
    const expected = formerOf(before, Object.fromEntries(updates));
    const same = Object.keys(former).find((name) =>
      Object.hasOwn(after ?? {}, name) && !Object.hasOwn(expected, name)
    );
    if (same !== undefined) {
      find("state.history", "state_history", key, `it replaced ${JSON.stringify(same)} by itself`);
    }
    const isForgotten = updates.length < Object.keys(former).length; // a person deleted the state since
    after = isForgotten ? undefined : before;
  }
}

/** A former state: what each key held, in a list, or nothing. */
function parseFormer(text: string): Readonly<Record<string, readonly unknown[]>> | undefined {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const entries = Object.entries(parsed.value).flatMap(([key, list]) =>
    Array.isArray(list) && list.length <= 1 ? [[key, list] as const] : []
  );
  const isWhole = entries.length === Object.keys(parsed.value).length;
  return isWhole ? Object.fromEntries(entries) : undefined;
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/**
 * Checks that each change was stored with the attempt that made it, unless that has been pruned.
 *
 * @param oldest the end of the oldest attempt.
 * @param tickAt the last tick. Both in ISO 8601: what a wrong clock dated later may be pruned early.
 */
export function checkMakers(
  db: DatabaseSync,
  oldest: string | undefined,
  tickAt: string | undefined,
  find: Find,
): void {
  const sql = `SELECT id, plugin, job_id, changed_at FROM state_history AS change
    WHERE job_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM job_log AS log
      WHERE log.completed_at = change.changed_at AND log.job_id = change.job_id
        AND log.plugin = change.plugin)`;
  for (const { id, plugin, job_id, changed_at } of rowsOf(db, sql)) {
    const changedAt = String(changed_at);
    if (oldest === undefined || changedAt < oldest || changedAt > (tickAt ?? "")) continue;
    const what = `job ${job_id} has no attempt that ended at ${changedAt}`;
    find("state.history", "state_history", `id ${id}, plugin ${plugin}`, what);
  }
}
