import { backup, type DatabaseSync } from "node:sqlite";
import { messageOf } from "../base/error_message.ts";
import { openPrivately } from "./database.ts";
import { passingStorageError, StorageUnreachable } from "./storage_error.ts";

/**
 * Moves the write-ahead log into the database file, even if its own file has been deleted.
 *
 * @throws {StorageUnreachable} while a reader in another process keeps a part of it from being moved.
 */
export function checkpoint(db: DatabaseSync): void {
  const moved = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (moved?.log === moved?.checkpointed) return; // "busy" means only that it could not be emptied
  const path = db.location() ?? "database";
  throw new StorageUnreachable(
    path,
    "its write-ahead log cannot be moved into it",
    "another process is reading it; end that process",
  );
}

/**
 * The same, and stops using the log. Another process that has the database open would otherwise go on with
 * the lost log, through the index that all share: of two logs under one index, each hides the other's rows.
 *
 * @throws a passing failure of the storage while another process has the database open.
 */
export function leaveLog(db: DatabaseSync): void {
  checkpoint(db);
  db.prepare("PRAGMA journal_mode = DELETE").get();
}

/** Writes everything in an open database to a new file that only its owner can read. */
export async function copyDatabase(db: DatabaseSync, path: string): Promise<void> {
  openPrivately(path).close();
  await backup(db, path);
}

/**
 * Moves the write-ahead log into the database file and closes both. Never throws.
 *
 * @returns why that failed, if it did; what is stored then stays in the `-wal`.
 */
export function closeDatabase(db: DatabaseSync): string | undefined {
  let failure: string | undefined;
  const move = () => db.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // as much as readers allow
  for (const step of [move, () => db.close()]) {
    try {
      if (db.isOpen) step();
    } catch (error) {
      failure ??= passingStorageError(error) ?? messageOf(error);
    }
  }
  return failure;
}
