import type { JsonObject } from "../base/json.ts";
import { nearest } from "../base/nearest.ts";
import type { MistypedField } from "../core/ending.ts";

/** Names that are not close to the field for which they are taken. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["state", "state_updates"],
  ["new_state", "state_updates"],
  ["updates", "state_updates"],
  ["stateupdate", "state_updates"],
]);

/** `tags` and `jobs` are two letters from `logs`, and good names for a plugin's own fields. */
const WITHIN = 1;

/** How many are worth a line in the log of each run. */
const MAX_FOUND = 5;

/** An answer with more unknown fields has them on purpose. */
const MAX_LOOKED = 100;

/**
 * The fields of an answer that were most likely meant to be known ones. A field does not count if
 * the known one is in the answer, too, and is not empty: a plugin may have fields of its own.
 */
export function findMistyped(
  answer: JsonObject,
  known: readonly string[],
): readonly MistypedField[] {
  const free = known.filter((name) => saysNothing(answer[name]));
  const found: MistypedField[] = [];
  let looked = 0;
  for (const field in answer) {
    if (known.includes(field)) continue;
    if (found.length === MAX_FOUND || ++looked > MAX_LOOKED) break;
    const meant = OTHER_NAMES.get(field.toLowerCase()) ?? nearest(field, free, WITHIN);
    if (meant !== undefined && free.includes(meant)) found.push({ field, meant });
  }
  return found;
}

function saysNothing(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return value === undefined || value === null || value === "";
  }
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}
