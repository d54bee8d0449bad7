import type { JsonObject } from "../base/json.ts";

/** The largest state of one plugin, in bytes of JSON. */
export const MAX_STATE_BYTES = 1024 * 1024;

/**
 * The state after an update: top-level keys of `updates` replace those of `state`, `null` is a
 * value, and nothing is merged deeper. Keys such as `__proto__` are plain keys, as in JSON.
 *
 * @example
 * ```ts
 * shallowMerge({ a: 1, b: { c: 2 } }, { b: { d: 3 } }); // { a: 1, b: { d: 3 } }
 * ```
 */
export function shallowMerge(state: JsonObject, updates: JsonObject): JsonObject {
  return Object.fromEntries([...Object.entries(state), ...Object.entries(updates)]);
}
