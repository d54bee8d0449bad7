import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { lstatIfThere } from "../base/file.ts";
import { messageOf, osErrorNumber } from "../base/error_message.ts";
import type { DatabaseFormat } from "./database.ts";
import { findDamage } from "./integrity.ts";
import { openToRead } from "./reader.ts";
import { passingStorageError, reasonOf } from "./storage_error.ts";

/** Why there is no backup. The message says what to do; nothing of it is left on the disk. */
export class BackupFailed extends Error {
  override readonly name = "BackupFailed";

  constructor(to: string, reason: string) {
    super(`Cannot write backup ${to}: ${reason}`);
  }
}

/** What a backup is. */
export interface Backup {
  readonly bytes: number;
  /** The version of its tables. */
  readonly version: number;
}

/**
 * Copies the database at `from`, of any version and in use or not, as it is at one moment, to a new file
 * that only its owner can read. The file appears under its name once it is whole, checked and on the disk.
 * Blocks this process until then; a process that writes to the database goes on. Source:
 * docs/decisions.md, "A backup is a process of its own".
 *
 * @throws `DatabaseUnusable` when the database cannot be read; {@link BackupFailed} when the copy cannot be
 * written, or `to` exists.
 */
export async function backUpDatabase(
  from: string,
  format: DatabaseFormat,
  to: string,
): Promise<Backup> {
  const draft = `${to}.unfinished`;
  try {
    assertFree(to);
    using file = createDraft(draft, to);
    try {
      const version = await copy(from, format, draft, to);
      check(draft, format, version, to);
      file.syncSync();
      assertFree(to);
      Deno.renameSync(draft, to);
      syncFolder(dirname(to));
      return { bytes: file.statSync().size, version };
    } catch (error) {
      removeDraft(draft);
      throw error;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw new BackupFailed(to, "it cannot be a file");
    throw osErrorNumber(error) === undefined ? error : new BackupFailed(to, messageOf(error));
  }
}

function assertFree(to: string): void {
  if (lstatIfThere(to) === undefined) return;
  throw new BackupFailed(to, "it exists already; name a new file, or remove that one");
}

/** Its lock tells a backup that runs from what one left that was killed. */
function createDraft(draft: string, to: string): Deno.FsFile {
  removeStale(draft, to);
  const file = Deno.openSync(draft, { createNew: true, write: true, mode: 0o600 });
  if (file.tryLockSync(true)) return file;
  file.close();
  throw new BackupFailed(to, BUSY);
}

const BUSY = "another backup to it is running";

function removeStale(draft: string, to: string): void {
  const found = lstatIfThere(draft);
  if (found === undefined) return;
  if (!found.isFile) throw new BackupFailed(to, `${draft} is in the way; remove it`);
  using file = Deno.openSync(draft, { write: true });
  if (!file.tryLockSync(true)) throw new BackupFailed(to, BUSY);
  removeDraft(draft);
}

function removeDraft(draft: string): void {
  for (const name of ["", "-wal", "-shm", "-journal"].map((suffix) => draft + suffix)) {
    if (lstatIfThere(name) !== undefined) Deno.removeSync(name);
  }
}

/** More pages than a database can have: in one step, so that no write can make SQLite begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/** Returns the version of the tables. */
async function copy(
  from: string,
  format: DatabaseFormat,
  draft: string,
  to: string,
): Promise<number> {
  using db = openToRead(from, format);
  db.exec("BEGIN");
  const version = readVersion(db);
  try {
    await backup(db, draft, { rate: ALL_PAGES });
  } catch (error) {
    throw new BackupFailed(to, passingStorageError(error) ?? reasonOf(error));
  }
  return version;
}

/**
 * Checks a copy, and makes it one file that stays one when it is read: a copy of a database with a
 * write-ahead log would get a log of its own.
 */
function check(draft: string, { applicationId }: DatabaseFormat, version: number, to: string) {
  using db = new DatabaseSync(draft);
  db.exec("PRAGMA journal_mode = DELETE");
  db.exec("PRAGMA cache_size = -65536"); // KiB; the rows of an index are all over the file
  const damage = findDamage(db, "full");
  const application = db.prepare("PRAGMA application_id").get()?.application_id;
  if (damage === undefined && application === applicationId && readVersion(db) === version) return;
  throw new BackupFailed(to, `the copy is not whole (${damage ?? "its header is wrong"})`);
}

function readVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/** So that the name survives a power cut, too. Some file systems cannot do that. */
function syncFolder(folder: string): void {
  try {
    using opened = Deno.openSync(folder);
    opened.syncSync();
  } catch {
    // The file itself is on the disk.
  }
}
