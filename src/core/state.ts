import type { JsonObject } from "../base/json.ts";

/** The largest state of one plugin, in bytes of JSON. */
export const MAX_STATE_BYTES = 1024 * 1024;

/** The JSON text of a state, or why it cannot be stored. */
export type FittedState =
  | { readonly ok: true; readonly json: string; readonly bytes: number }
  | { readonly ok: false; readonly error: string };

/** The state after an update, as it would be stored. */
export function applyUpdates(state: JsonObject, updates: JsonObject): FittedState {
  // Merging takes longest, and updates that are too large by themselves may be ten megabytes.
  const least = stateBytes(updates);
  if (least > MAX_STATE_BYTES) return tooLarge(`at least ${least}`);
  const json = JSON.stringify(shallowMerge(state, updates));
  const bytes = bytesOf(json);
  return bytes <= MAX_STATE_BYTES ? { ok: true, json, bytes } : tooLarge(String(bytes));
}

function tooLarge(bytes: string): FittedState {
  return {
    ok: false,
    error: `state would be ${bytes} bytes, the limit is ${MAX_STATE_BYTES}; ` +
      `keep less in state_updates`,
  };
}

/** The size of a state as its limit counts it, in bytes of JSON. */
export function stateBytes(state: JsonObject): number {
  return bytesOf(JSON.stringify(state));
}

function bytesOf(json: string): number {
  return new TextEncoder().encode(json).length;
}

/**
 * The state after an update: top-level keys of `updates` replace those of `state`, `null` is a
 * value, and nothing is merged deeper. Keys such as `__proto__` are plain keys, as in JSON. Source:
 * docs/decisions.md, "State is merged shallowly".
 *
 * @example
 * ```ts
 * shallowMerge({ a: 1, b: { c: 2 } }, { b: { d: 3 } }); // { a: 1, b: { d: 3 } }
 * ```
 */
export function shallowMerge(state: JsonObject, updates: JsonObject): JsonObject {
  return { ...state, ...updates };
}

/**
 * What a change of a state replaced, by top-level key: its former value in a list, or an empty list for a
 * key that was not there.
 */
export type Former = Readonly<Record<string, readonly unknown[]>>;

/** What `updates` replace in `state`; without the keys whose value stays the same. */
export function formerOf(state: JsonObject, updates: JsonObject): Former {
  return Object.fromEntries(
    Object.entries(updates).flatMap(([key, value]) => {
      if (!Object.hasOwn(state, key)) return [[key, []]];
      const former = state[key];
      return JSON.stringify(former) === JSON.stringify(value) ? [] : [[key, [former]]];
    }),
  );
}

/** The state before a change. */
export function undoChange(state: JsonObject, former: Former): JsonObject {
  const others = Object.entries(state).filter(([key]) => !Object.hasOwn(former, key));
  const values = Object.entries(former).flatMap(([key, list]) => list.map((value) => [key, value]));
  return Object.fromEntries([...others, ...values]);
}
