import { DatabaseSync } from "node:sqlite";
import { createTransaction, type DatabaseFormat } from "./database.ts";
import { assertThere, assertVersion, asUnusable } from "./reader.ts";

/**
 * How long a command waits for its turn: others, the gateway among them, write for a few milliseconds
 * each.
 */
const BUSY_TIMEOUT_MS = 30_000;

/**
 * Changes a database beside the gateway, or without one, in one short transaction: all of it is stored, or
 * (when it throws) none. The gateway stands still while it lasts, so statements are prepared before. It
 * never migrates and never creates a database.
 *
 * @param prepare prepares the statements, and returns what only runs them.
 * @throws {DatabaseUnusable} as `readDatabase` does, or when it cannot be written.
 */
export function changeDatabase<T>(
  path: string,
  format: DatabaseFormat,
  prepare: (db: DatabaseSync) => () => T,
): T {
  let db: DatabaseSync | undefined;
  try {
    assertThere(path, format);
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    assertVersion(db, path, format);
    db.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    return createTransaction(db)(prepare(db));
  } catch (error) {
    throw asUnusable(error, `Cannot change database ${path}`);
  } finally {
    db?.close();
  }
}
