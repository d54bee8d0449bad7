import type { DatabaseSync } from "node:sqlite";
import { parseIsoTime } from "../base/iso_time.ts";
import { parseJson } from "../base/json.ts";
import { type Health, UNTRIED } from "../core/breaker.ts";
import { rowsOf } from "./rows.ts";

/** When an operator last resumed each entry, in milliseconds since the epoch. */
export type Resumes = ReadonlyMap<string, number>;

/** Reads when entries were resumed, which forgets their failures in a row. */
export function readResumes(db: DatabaseSync): Resumes {
  const resumes = new Map<string, number>();
  for (const row of rowsOf(db, "SELECT at, arguments FROM audit WHERE command = 'resume'")) {
    const parsed = parseJson(String(row.arguments));
    const [name] = parsed.ok && Array.isArray(parsed.value) ? parsed.value.map(String) : [];
    const at = parseIsoTime(String(row.at));
    if (name === undefined || at === undefined) continue; // a person wrote it
    resumes.set(name, Math.max(at, resumes.get(name) ?? at));
  }
  return resumes;
}

/** The health of an entry after a `resume`. */
export function forget({ lastSuccessAt, lastFailureAt }: Health): Health {
  return { ...UNTRIED, lastSuccessAt, lastFailureAt };
}
