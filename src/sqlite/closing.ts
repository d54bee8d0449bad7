import { backup, type DatabaseSync } from "node:sqlite";
import { messageOf } from "../base/error_message.ts";
import { openPrivately } from "./database.ts";
import { passingStorageError, StorageUnreachable } from "./storage_error.ts";

/**
 * Moves the write-ahead log into the database file, also if its own file has been deleted.
 *
 * @throws {StorageUnreachable} while another process that reads keeps a part of it from being moved.
 */
export function checkpoint(db: DatabaseSync): void {
  const moved = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (moved?.log === moved?.checkpointed) return; // "busy" says only that it could not be emptied
  const path = db.location() ?? "database";
  throw new StorageUnreachable(
    path,
    "its log cannot be moved into it",
    "another process reads it; end it",
  );
}

/**
 * The same, and has nobody use that log any more. Whoever else has the database open would go on with the
 * log that is lost, by an index that all share: of two logs under one index, each hides what the other holds.
 *
 * @throws a passing failure of the storage while another process has the database open.
 */
export function leaveLog(db: DatabaseSync): void {
  checkpoint(db);
  db.prepare("PRAGMA journal_mode = DELETE").get();
}

/** Writes all that an open database has into a new file, for its owner alone. */
export async function copyDatabase(db: DatabaseSync, path: string): Promise<void> {
  openPrivately(path).close();
  await backup(db, path);
}

/**
 * Moves the write-ahead log into the database file and closes both. Never throws.
 *
 * @returns why that failed; what is stored stays in the `-wal` then.
 */
export function closeDatabase(db: DatabaseSync): string | undefined {
  let failure: string | undefined;
  const move = () => db.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // as much as readers let it
  for (const step of [move, () => db.close()]) {
    try {
      if (db.isOpen) step();
    } catch (error) {
      failure ??= passingStorageError(error) ?? messageOf(error);
    }
  }
  return failure;
}
