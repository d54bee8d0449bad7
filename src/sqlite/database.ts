import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../base/error_message.ts";
import { statIfThere } from "../base/file.ts";
import { type Check, findDamage } from "./integrity.ts";
import { mayPass, passingStorageError, reasonOf, StorageUnreachable } from "./storage_error.ts";

/** Whose a database file is, and the way to its tables. */
export interface DatabaseFormat {
  /** Marks a file as ours in its SQLite header. */
  readonly applicationId: number;
  /** Step N brings a database from `user_version` N to N + 1. Steps are only ever added. */
  readonly migrations: readonly string[];
}

/**
 * How long SQLite waits for another process's lock before a statement fails with SQLITE_BUSY. The
 * whole program stands still meanwhile, deadlines and signals included, so it is short: what fails
 * is tried again.
 */
const BUSY_TIMEOUT_MS = 1_000;

/** Why a database file cannot be used; the file has not been changed. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";

  /** @param isDamaged whether that is damage. */
  constructor(message: string, readonly isDamaged = false) {
    super(message);
  }
}

/**
 * Opens (or creates, mode 0600) the gateway's database: WAL, `synchronous=FULL`, migrated to the
 * last version of `format`. Before that, `check` looks for damage in it.
 *
 * @throws {DatabaseUnusable} when the file is damaged, belongs to another program or to a later
 * version, or cannot be opened. Such a file is left as it was. What may pass by itself, such as a full
 * disk or a foreign lock, is thrown as it comes.
 */
export function openDatabase(path: string, format: DatabaseFormat, check?: Check): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    openPrivately(path).close();
    rollBack(path, format);
    assertOurs(path, format, check);
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    migrate(db, format);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof DatabaseUnusable || passingStorageError(error) !== undefined) throw error;
    throw unusable(path, error);
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

/** Runs one statement whose commit need not reach the disk by itself. */
export function withoutSync<T>(db: DatabaseSync, step: () => T): T {
  db.exec("PRAGMA synchronous = NORMAL");
  try {
    return step();
  } finally {
    db.exec("PRAGMA synchronous = FULL");
  }
}

/**
 * Moves the write-ahead log into the database file, also if its own file has been deleted.
 *
 * @throws {StorageUnreachable} while another process that reads keeps a part of it from being moved.
 */
export function checkpoint(db: DatabaseSync): void {
  const row = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (row?.busy === 0) return;
  const path = db.location() ?? "database";
  throw new StorageUnreachable(
    path,
    "its log cannot be moved into it",
    "another process reads it; end that",
  );
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

/**
 * Opens the file of a database, or makes it, for its owner alone: SQLite gives its `-wal` and `-shm` the
 * mode of this one. Not while SQLite has it open, unless the descriptor stays open for as long.
 *
 * @throws {DatabaseUnusable} when it is no regular file, or cannot be opened; {@link StorageUnreachable} on
 * a full or read-only disk.
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

/** A FIFO would be waited for, for ever. */
function assertRegular(path: string): void {
  if (statIfThere(path)?.isFile ?? true) return;
  throw new DatabaseUnusable(
    `Cannot use database ${path}: it is not a regular file; set state.path to one`,
  );
}

/** Where a rollback journal has the number of pages that the database had. Source: https://sqlite.org/fileformat2.html, 3 */
const JOURNAL_PAGES_AT = 16;
const JOURNAL_MAGIC = 0xd9d505f9;
/** Where a database has its application id. Source: https://sqlite.org/fileformat2.html, 1.3 */
const APPLICATION_ID_AT = 68;

/**
 * Lets SQLite take back what a crash has left half-written in a rollback journal, as the first start has
 * one before there is a write-ahead log. A database that is not ours is left as it is.
 */
function rollBack(path: string, { applicationId }: DatabaseFormat): void {
  const real = Deno.realPathSync(path);
  if (readWord(`${real}-journal`, 0) !== JOURNAL_MAGIC) return;
  const wasEmpty = readWord(`${real}-journal`, JOURNAL_PAGES_AT) === 0;
  if (!wasEmpty && readWord(real, APPLICATION_ID_AT) !== applicationId) return;
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    readInteger(db, "SELECT count(*) AS n FROM sqlite_schema");
  } finally {
    db.close();
  }
}

/** Four bytes of a regular file as a number; `undefined` if it does not have them. */
function readWord(path: string, at: number): number | undefined {
  if (!(statIfThere(path)?.isFile ?? false)) return undefined;
  using file = Deno.openSync(path);
  const word = new Uint8Array(4);
  file.seekSync(at, Deno.SeekMode.Start);
  return file.readSync(word) === 4 ? new DataView(word.buffer).getUint32(0) : undefined;
}

/** Looks read-only, because closing a writable connection may already change a foreign file. */
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
        `Cannot use database ${path}: it belongs to another program; set state.path to a file of its own`,
      );
    }
    if (version > migrations.length) {
      throw new DatabaseUnusable(
        `Cannot use database ${path}: its tables are version ${version}, this program knows up to ` +
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

/** The version is read again inside each step's transaction: somebody else may have made that step. */
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
  );
}
