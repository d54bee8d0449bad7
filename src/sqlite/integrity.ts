import { DatabaseSync } from "node:sqlite";
import { isDamage } from "./storage_error.ts";

/**
 * How thoroughly to check: every page, or also the rows of each index against those of its table, which
 * takes several times longer.
 */
export type Check = "quick" | "full";

/** What is wrong with a database, in SQLite's words; `undefined` if it finds nothing. */
export function findDamage(db: DatabaseSync, check: Check): string | undefined {
  try {
    const pragma = check === "quick" ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)";
    const [said = "nothing"] = Object.values(db.prepare(pragma).get() ?? {}).map(oneLine);
    return said === "ok" ? undefined : said;
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}

function oneLine(said: unknown): string {
  return String(said).replaceAll("\n", " ");
}

const WHOLE = "whole\n";
const DAMAGED = "damaged: ";

/**
 * Checks every page of the database at `path`, which may be in use, and returns the result as a line for
 * {@link readCheck}. A gigabyte takes some seconds, in which this process does nothing else.
 */
export function describeCheck(path: string): string {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const damage = findDamage(db, "quick");
  return damage === undefined ? WHOLE : `${DAMAGED}${damage}\n`;
}

/** Reads what {@link describeCheck} said in another process. */
export function readCheck(said: string): "whole" | "unknown" | { readonly damage: string } {
  if (said === WHOLE) return "whole";
  return said.startsWith(DAMAGED) ? { damage: said.slice(DAMAGED.length).trimEnd() } : "unknown";
}
