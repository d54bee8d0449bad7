import type { DatabaseSync } from "node:sqlite";
import { realPath, sizeOf } from "../base/file.ts";
import { checkpoint, closeDatabase, copyDatabase, leaveLog } from "../sqlite/closing.ts";
import { createTransaction, openDatabase, type Transaction } from "../sqlite/database.ts";
import type { Check } from "../sqlite/integrity.ts";
import {
  DatabaseUnusable,
  failureOf,
  isDamage,
  StorageUnreachable,
} from "../sqlite/storage_error.ts";
import { Attempts } from "./attempts.ts";
import { STATE_FORMAT } from "./format.ts";
import { Entries } from "./entries.ts";
import { Healths, Totals } from "./accounts.ts";
import { Heartbeats } from "./heartbeats.ts";
import { History } from "./history.ts";
import { HeldByAnother, holdDatabase } from "../sqlite/hold.ts";
import { Jobs } from "./jobs.ts";
import {
  describeSpoilt,
  findExposed,
  type Place,
  type PlaceWatch,
  watchPlace,
} from "../sqlite/place.ts";
import { Pauses } from "./owner.ts";
import { Plans } from "./plans.ts";
import { States } from "./states.ts";
import { Waits } from "./waits.ts";

export { HeldByAnother };
export type { Place };

/** The tables, and transactions over them. */
interface Tables {
  readonly jobs: Jobs;
  readonly waits: Waits;
  readonly attempts: Attempts;
  readonly history: History;
  readonly states: States;
  readonly entries: Entries;
  readonly healths: Healths;
  readonly totals: Totals;
  readonly pauses: Pauses;
  readonly plans: Plans;
  readonly heartbeats: Heartbeats;
  /** All of `work` is stored, or (when it throws) none. */
  readonly transaction: Transaction;
}

/** A write-ahead log that could not be moved into its database. */
export interface NotMoved {
  readonly error: string;
  /** Whether its file is gone, too. */
  readonly isLost: boolean;
}

/** The open database. Its tables are always those of the file that is open now. */
export interface Store extends Tables, Disposable {
  /** Whether a crash had left it and it was too large to check for damage when first opened. */
  readonly isUnchecked: boolean;
  /** The database and its folder, if everyone may write to them. */
  readonly exposed: readonly string[];
  /**
   * Whether the files at the path are still those that are open, and not deleted or replaced. Once the
   * write-ahead log has been overwritten, every table throws {@link DatabaseUnusable}.
   *
   * @throws {StorageUnreachable} if the file system does not tell.
   */
  place(): Place;
  /**
   * Opens what is at the path now, after it moves what the open database still has of a lost
   * write-ahead log into its file; see {@link leaveLog}.
   *
   * @throws {DatabaseUnusable} when the file cannot be used; or a passing failure of the storage.
   */
  reopen(): void;
  /** Moves what is left of a lost write-ahead log into the database; see {@link checkpoint}. */
  saveLog(): void;
  /**
   * Copies the whole database if that is impossible: without the log its file may be incomplete.
   *
   * @returns the path of the copy, if one was needed and could be made.
   */
  saveCopy(): Promise<string | undefined>;
  /**
   * Closes it. Never throws.
   *
   * @returns why its write-ahead log could not be moved into the file; `undefined` if it could.
   */
  close(): NotMoved | undefined;
}

/**
 * Opens the database at `path` and prepares its statements. Disposing of the store checkpoints and
 * closes it. Without `check` it gets a quick check, unless it is large.
 *
 * @throws {DatabaseUnusable} when the file cannot be used; it is left unchanged. Or a passing failure
 * of the storage, such as a full disk or another program's lock.
 */
export function openStore(path: string, check?: Check): Store {
  const { tables, ...whole } = openWhole(path, check);
  return {
    ...whole,
    exposed: findExposed(path),
    get jobs() {
      return tables().jobs;
    },
    get waits() {
      return tables().waits;
    },
    get entries() {
      return tables().entries;
    },
    get healths() {
      return tables().healths;
    },
    get totals() {
      return tables().totals;
    },
    get pauses() {
      return tables().pauses;
    },
    get attempts() {
      return tables().attempts;
    },
    get history() {
      return tables().history;
    },
    get states() {
      return tables().states;
    },
    get plans() {
      return tables().plans;
    },
    get heartbeats() {
      return tables().heartbeats;
    },
    get transaction() {
      return tables().transaction;
    },
    [Symbol.dispose]: () => void whole.close(),
  };
}

type Whole = Pick<Store, "isUnchecked" | "place" | "saveLog" | "saveCopy" | "reopen" | "close"> & {
  tables(): Tables;
};

/** The database that is open now, if any. */
function openWhole(path: string, check?: Check): Whole {
  let open = openTables(path, check);
  let isSpoilt = false;
  const place = () => {
    const found = open.db.isOpen ? open.watch.look() : "closed";
    isSpoilt ||= found === "log overwritten";
    return found;
  };
  const saveLog = () => {
    if (place() === "log replaced") checkpoint(open.db);
  };
  const findLoss = () => {
    if (failureOf(place) !== undefined) return undefined; // nothing says that anything is lost
    return failureOf(saveLog);
  };
  return {
    isUnchecked: open.isUnchecked,
    tables() {
      if (isSpoilt) throw new DatabaseUnusable(describeSpoilt(path));
      if (open.db.isOpen) return open;
      throw new StorageUnreachable(path, "it is not open again yet", "see why that failed");
    },
    place,
    saveLog,
    async saveCopy() {
      if (findLoss() === undefined || isSpoilt) return undefined;
      const copy = `${path}.saved-${Deno.pid}`;
      return await copyDatabase(open.db, copy).then(() => copy, () => undefined);
    },
    reopen() {
      if (place() === "log replaced") leaveLog(open.db);
      open.close();
      open = openTables(path);
    },
    close() {
      const lost = findLoss();
      if (isSpoilt) return { error: "its write-ahead log was overwritten", isLost: true };
      const error = open.close() ?? lost;
      return error === undefined ? undefined : { error, isLost: lost !== undefined };
    },
  };
}

interface OpenTables extends Tables {
  readonly db: DatabaseSync;
  readonly watch: PlaceWatch;
  readonly isUnchecked: boolean;
  close(): string | undefined;
}

/** Checking a database of this size takes a few tenths of a second. */
const SMALL_BYTES = 64 * 1024 * 1024;

function openTables(path: string, check?: Check): OpenTables {
  const hold = holdDatabase(path);
  let db: DatabaseSync | undefined;
  try {
    const isLarge = sizeOf(path) > SMALL_BYTES;
    const isUnchecked = check === undefined && isLarge && sizeOf(`${realPath(path)}-wal`) > 0;
    db = openDatabase(path, STATE_FORMAT, check ?? (isLarge ? undefined : "quick"));
    const watch = watchPlace(path);
    return { db, ...prepareTables(db), watch, isUnchecked, close: () => closeBoth(db, hold) };
  } catch (error) {
    closeBoth(db, hold);
    if (error instanceof DatabaseUnusable || !isDamage(error)) throw error;
    throw new DatabaseUnusable(
      `Cannot use database ${path}: ${error.message}; restore it from a backup`,
      true,
    );
  }
}

function prepareTables(db: DatabaseSync): Tables {
  return {
    jobs: new Jobs(db),
    waits: new Waits(db),
    attempts: new Attempts(db),
    history: new History(db),
    states: new States(db),
    entries: new Entries(db),
    healths: new Healths(db),
    totals: new Totals(db),
    pauses: new Pauses(db),
    plans: new Plans(db),
    heartbeats: new Heartbeats(db),
    transaction: createTransaction(db),
  };
}

/** The database first: see {@link holdDatabase}. */
function closeBoth(db: DatabaseSync | undefined, hold: Disposable): string | undefined {
  const failure = db && closeDatabase(db);
  hold[Symbol.dispose]();
  return failure;
}
