import { dirname } from "node:path";
import { identityOf, realPath, statIfThere } from "../base/file.ts";
import { StorageUnreachable } from "./storage_error.ts";

/** Whether the files of an open database are still those at its path. */
export type Place =
  | "in place"
  /** The database itself is gone or a different one. What only the open one holds is lost. */
  | "database replaced"
  /** Its write-ahead log is gone or a different one. The open database still has all of it. */
  | "log replaced"
  /** It could not be reopened so far. */
  | "closed"
  /** Its write-ahead log was emptied, then written to: what was only in there is lost. */
  | "log overwritten";

/** Remembers the files of an open database. */
export interface PlaceWatch {
  /**
   * Compares the files with the earlier ones.
   *
   * @throws {StorageUnreachable} if the file system does not tell, which may pass.
   */
  look(): Place;
}

/** What a write-ahead log begins with, except for its last bit. Source: https://sqlite.org/fileformat2.html, 4.1 */
const WAL_MAGIC = 0x377f0682;

/** Watches the files of a database at `path`, which has just been opened. */
export function watchPlace(path: string): PlaceWatch {
  const real = realPath(path); // SQLite puts its other files beside it
  const names = [path, `${real}-wal`, `${real}-shm`];
  const [database, ...logs] = names.map(identify);
  let wasLog = false;
  return {
    look() {
      const [databaseNow, ...logsNow] = names.map(identify);
      if (databaseNow !== database) return "database replaced";
      if (logsNow.some((now, n) => now !== logs[n])) return "log replaced";
      const log = beginsAs(`${real}-wal`);
      wasLog ||= log === "log";
      return wasLog && log === "other" ? "log overwritten" : "in place";
    },
  };
}

/** The database and its folder, if everyone may write to them. */
export function findExposed(path: string): string[] {
  const real = realPath(path);
  return [dirname(real), real].filter((one) => ((Deno.statSync(one).mode ?? 0) & 0o002) !== 0);
}

/** Device and inode of a file; `undefined` if there is none. */
function identify(path: string): string | undefined {
  try {
    const found = statIfThere(path);
    return found && identityOf(found);
  } catch (error) {
    throw new StorageUnreachable(path, error);
  }
}

/**
 * What a write-ahead log begins with; another program's checkpoint may leave it empty. SQLite holds no
 * lock on this file, so opening and closing it is safe.
 */
function beginsAs(path: string): "log" | "empty" | "other" | "unknown" {
  try {
    if (!Deno.statSync(path).isFile) return "unknown"; // opening a FIFO may block for ever
    using file = Deno.openSync(path);
    const head = new Uint8Array(4);
    if (file.readSync(head) === null) return "empty";
    return (new DataView(head.buffer).getUint32(0) & ~1) === WAL_MAGIC ? "log" : "other";
  } catch {
    return "unknown"; // no descriptors left, for example; the next check will tell
  }
}

/** Closing it, or reading from it, would take zeros for what was stored. */
export function describeSpoilt(path: string): string {
  return `Cannot continue: another program emptied ${path}-wal, and what was stored only there is ` +
    `lost; start again to continue with what ${path} has, or restore a backup`;
}
