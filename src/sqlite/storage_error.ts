/**
 * SQLite's texts for troubles that may pass by themselves, and what an operator can do about each.
 * The texts are matched because `exec` in node:sqlite reports no result code.
 * Source: `sqlite3_errstr`, https://sqlite.org/rescode.html
 */
const PASSING: readonly (readonly [text: string, wayOut: string])[] = [
  ["database is locked", "another process holds a lock on the database; end it"],
  ["database table is locked", "another connection holds a lock on the database; end it"],
  ["attempt to write a readonly database", "make the database and its folder writable"],
  ["disk I/O error", "check the disk and its file-size limits"],
  ["database or disk is full", "free space on the disk"],
  ["unable to open database file", "check that the folder exists and is writable"],
];

const DAMAGE: readonly string[] = ["database disk image is malformed", "file is not a database"];

/**
 * What to tell the operator about a failure of the storage that may pass by itself, or `undefined`
 * where `error` is something else (a damaged file, a bug) that no retry can fix.
 */
export function passingStorageError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code !== "ERR_SQLITE_ERROR") return undefined;
  const known = PASSING.find(([text]) => error.message.startsWith(text));
  return known && `${error.message}: ${known[1]}`;
}

/** Whether SQLite found the database file damaged. No retry can fix that. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error && DAMAGE.some((text) => error.message.startsWith(text));
}
