import { DatabaseSync } from "node:sqlite";
import { statIfThere } from "../base/file.ts";
import { lookBeside } from "./beside.ts";
import type { DatabaseFormat } from "./database.ts";
import { DatabaseUnusable, isDamage, passingStorageError, reasonOf } from "./storage_error.ts";

/** How long a reader waits for a lock: only a recovery after a crash, or a foreign program, holds one. */
const BUSY_TIMEOUT_MS = 1_000;

/**
 * Opens a database only to read it, gives it to `read`, and closes it: a reader that stayed would keep the
 * write-ahead log from being moved into the file. All of `read` sees one moment. It never migrates.
 *
 * @throws {DatabaseUnusable} when there is none, or it is damaged, belongs to another program, or has tables
 * of another version. The message says what to do.
 */
export function readDatabase<T>(
  path: string,
  format: DatabaseFormat,
  read: (db: DatabaseSync) => T,
): T {
  let db: DatabaseSync | undefined;
  try {
    db = openToRead(path, format);
    db.exec("BEGIN");
    assertVersion(db, path, format);
    return read(db);
  } catch (error) {
    throw asUnusable(error, `Cannot read database ${path}`);
  } finally {
    db?.close();
  }
}

/**
 * Opens a database of any version only to read it.
 *
 * @throws {DatabaseUnusable} as {@link readDatabase}.
 */
export function openToRead(path: string, format: DatabaseFormat): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    assertThere(path, format);
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    assertOurs(db, path, format);
    return db;
  } catch (error) {
    db?.close();
    throw asUnusable(error, `Cannot read database ${path}`);
  }
}

/** Deno lets only a program with all permissions open what is below /proc and some of /dev. */
const NO_FILE = "it is not a regular file";

/** An error of SQLite as one line that begins with `what`; any other error as it is. */
export function asUnusable(error: unknown, what: string): unknown {
  if (error instanceof DatabaseUnusable) return error;
  if (error instanceof Deno.errors.NotCapable) return new DatabaseUnusable(`${what}: ${NO_FILE}`);
  if (!(error instanceof Error && "code" in error)) return error;
  const reason = passingStorageError(error) ?? reasonOf(error);
  return new DatabaseUnusable(`${what}: ${reason}`, isDamage(error));
}

/** @throws {DatabaseUnusable} unless there is a database at the path that SQLite may open at once. */
export function assertThere(path: string, { applicationId }: DatabaseFormat): void {
  const found = statIfThere(path);
  if (found === undefined || found.size === 0) {
    throw new DatabaseUnusable(
      `Cannot read database ${path}: it is not there; ` +
        "start the gateway once (senechal-gw start), or check state.path",
    );
  }
  if (!found.isFile) {
    throw new DatabaseUnusable(`Cannot read database ${path}: it is not a regular file`);
  }
  const beside = lookBeside(path, applicationId);
  if (beside.kind === "in order") return;
  throw new DatabaseUnusable(
    beside.kind === "no file"
      ? `Cannot read database ${path}: ${beside.path} is not a regular file; remove it`
      : `Cannot read database ${path}: a crash left it unfinished; start the gateway once`,
  );
}

/** @throws {DatabaseUnusable} unless it belongs to this program. */
export function assertOurs(
  db: DatabaseSync,
  path: string,
  { applicationId }: DatabaseFormat,
): void {
  if (readInteger(db, "SELECT application_id AS n FROM pragma_application_id") === applicationId) {
    return;
  }
  throw new DatabaseUnusable(
    `Cannot read database ${path}: it belongs to another program; check state.path`,
  );
}

/** @throws {DatabaseUnusable} unless its tables have the version of this program. */
export function assertVersion(
  db: DatabaseSync,
  path: string,
  { migrations }: DatabaseFormat,
): void {
  const version = readInteger(db, "SELECT user_version AS n FROM pragma_user_version");
  if (version === migrations.length) return;
  const wayOut = version < migrations.length
    ? "start the gateway of this version once, which updates it"
    : "use the newer senechal-gw that wrote it";
  throw new DatabaseUnusable(
    `Cannot read database ${path}: its tables are version ${version}, ` +
      `and this program reads only version ${migrations.length}; ${wayOut}`,
  );
}

function readInteger(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.n ?? 0);
}
