import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { statIfThere } from "../base/file.ts";
import { lookBeside } from "./beside.ts";
import { type Check, findDamage } from "./integrity.ts";
import {
  DatabaseUnusable,
  isDamage,
  mayPass,
  passingStorageError,
  reasonOf,
  StorageUnreachable,
} from "./storage_error.ts";

/** Whose a database file is, and how to make its tables. */
export interface DatabaseFormat {
  /** Marks a file as ours in its SQLite header. */
  readonly applicationId: number;
  /** Step N brings a database from `user_version` N to N + 1. Steps are only ever added. */
  readonly migrations: readonly string[];
}

/**
 * How long SQLite waits for another process's lock before a statement fails with SQLITE_BUSY. The
 * whole program blocks meanwhile, deadlines and signals included, so it is short: what fails is
 * retried.
 */
const BUSY_TIMEOUT_MS = 1_000;

/**
 * Opens (or creates, mode 0600) the gateway's database: WAL, `synchronous=FULL`, migrated to the
 * last version of `format`. Before that, `check` looks for damage in it.
 *
 * @throws {DatabaseUnusable} when the file is damaged, belongs to another program or to a later
 * version, or cannot be opened. Such a file is left unchanged. Or a passing failure of the storage,
 * such as a full disk or another program's lock.
 */
export function openDatabase(path: string, format: DatabaseFormat, check?: Check): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    openPrivately(path).close();
    putInOrder(path, format);
    assertOurs(path, format, check);
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    migrate(db, format);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof DatabaseUnusable || passingStorageError(error) !== undefined) throw error;
    throw mayPass(error) ? new StorageUnreachable(path, error) : unusable(path, error);
  }
}

/** Runs `work` in one transaction: all of it is stored, or (when it throws) none. */
export type Transaction = <T>(work: () => T) => T;

/** Prepares transactions on a database. They do not nest. */
export function createTransaction(db: DatabaseSync): Transaction {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };
}

/** Runs one statement whose commit need not reach the disk at once. */
export function withoutSync<T>(db: DatabaseSync, step: () => T): T {
  db.exec("PRAGMA synchronous = NORMAL");
  try {
    return step();
  } finally {
    db.exec("PRAGMA synchronous = FULL");
  }
}

/**
 * Opens the file of a database, or creates it for its owner alone: SQLite gives its `-wal` and `-shm` the
 * mode of this one. While SQLite has the file open, do not close the descriptor.
 *
 * @throws {DatabaseUnusable} when it is not a regular file, or cannot be opened; {@link StorageUnreachable}
 * on a full or read-only disk.
 */
export function openPrivately(path: string): Deno.FsFile {
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    assertRegular(path);
    return Deno.openSync(path, { create: true, write: true, mode: 0o600 });
  } catch (error) {
    if (mayPass(error)) throw new StorageUnreachable(path, error);
    throw error instanceof DatabaseUnusable ? error : unusable(path, error);
  }
}

/** Opening a FIFO would block for ever. */
function assertRegular(path: string): void {
  if (statIfThere(path)?.isFile ?? true) return;
  throw new DatabaseUnusable(
    `Cannot use database ${path}: it is not a regular file; set state.path to one`,
  );
}

/** Makes SQLite roll back what is half-written. If the log is gone, no other process may use the database. */
function putInOrder(path: string, { applicationId }: DatabaseFormat): void {
  const found = lookBeside(path, applicationId);
  if (found.kind === "in order") return;
  if (found.kind === "no file") {
    throw new DatabaseUnusable(
      `Cannot use database ${path}: ${found.path} is not a regular file; remove it`,
    );
  }
  if (found.kind === "half-written" && !found.isOurs) {
    throw new DatabaseUnusable(
      `Cannot use database ${path}: it belongs to another program, which left it half-written; ` +
        "set state.path to another file",
    );
  }
  readAlone(path);
}

/** @throws a passing failure of the storage while another process has the database open. */
function readAlone(path: string): void {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    readInteger(db, "SELECT count(*) AS n FROM sqlite_schema");
  } finally {
    db.close();
  }
}

/** Opens the file read-only: closing a writable connection may change another program's file. */
function assertOurs(
  path: string,
  { applicationId, migrations }: DatabaseFormat,
  check: Check | undefined,
): void {
  if (Deno.statSync(path).size === 0) return;
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const tables = readInteger(db, "SELECT count(*) AS n FROM sqlite_schema");
    const application = readInteger(db, "SELECT application_id AS n FROM pragma_application_id");
    const version = readInteger(db, "SELECT user_version AS n FROM pragma_user_version");
    if (tables > 0 && application !== applicationId) {
      throw new DatabaseUnusable(
        `Cannot use database ${path}: it belongs to another program; set state.path to another file`,
      );
    }
    if (version > migrations.length) {
      throw new DatabaseUnusable(
        `Cannot use database ${path}: its tables are version ${version}, but this program supports only up to ` +
          `${migrations.length}; start the newer senechal-gw that wrote it, or restore a backup`,
      );
    }
    const damage = check && findDamage(db, check);
    if (damage !== undefined) {
      throw new DatabaseUnusable(
        `Cannot use database ${path}: it is damaged (${damage}); restore it from a backup`,
        true,
      );
    }
  } finally {
    db.close();
  }
}

/** Reads the version again inside each step's transaction: another process may have made that step. */
function migrate(db: DatabaseSync, { applicationId, migrations }: DatabaseFormat): void {
  const readVersion = () => readInteger(db, "SELECT user_version AS n FROM pragma_user_version");
  const transaction = createTransaction(db);
  while (readVersion() < migrations.length) {
    transaction(() => {
      const version = readVersion();
      if (version >= migrations.length) return;
      db.exec(migrations[version] ?? "");
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1};`);
    });
  }
}

function readInteger(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.n ?? 0);
}

/** Says why it cannot be opened, and what to do about that. */
function unusable(path: string, error: unknown): DatabaseUnusable {
  const wayOut = error instanceof Deno.errors.PermissionDenied
    ? "make it and its folder writable"
    : "restore it from a backup";
  return new DatabaseUnusable(
    `Cannot open database ${path}: ${reasonOf(error)}; ${wayOut}, or set another state.path`,
    isDamage(error),
  );
}
