import type { DatabaseSync } from "node:sqlite";
import {
  checkpoint,
  closeDatabase,
  createTransaction,
  DatabaseUnusable,
  openDatabase,
  type Transaction,
} from "../sqlite/database.ts";
import { Attempts } from "./attempts.ts";
import { STATE_FORMAT } from "./format.ts";
import { Heartbeats } from "./heartbeats.ts";
import { History } from "./history.ts";
import { Jobs } from "./jobs.ts";
import { type Place, type PlaceWatch, watchPlace } from "./place.ts";
import { Plans } from "./plans.ts";
import { States } from "./states.ts";

export type { Place };

/** The tables, and transactions over them. */
interface Tables {
  readonly jobs: Jobs;
  readonly attempts: Attempts;
  readonly history: History;
  readonly states: States;
  readonly plans: Plans;
  readonly heartbeats: Heartbeats;
  /** All of `work` is stored, or (when it throws) none. */
  readonly transaction: Transaction;
}

/** The open database. Whoever has it sees the tables of the file that is open now. */
export interface Store extends Tables, Disposable {
  /**
   * Whether the files at the path are still those that are open: they may be deleted or replaced. Once
   * the write-ahead log has been overwritten, every table throws {@link DatabaseUnusable}.
   *
   * @throws {StorageUnreachable} where the file system does not tell.
   */
  place(): Place;
  /**
   * Opens what is at the path now. What the open database still has of a lost write-ahead log is
   * brought into its file before.
   *
   * @throws {DatabaseUnusable} when the file cannot be used; or a passing failure of the storage.
   */
  reopen(): void;
  /**
   * Closes it. Never throws.
   *
   * @returns why its write-ahead log could not be moved into the file, if it could not.
   */
  close(): string | undefined;
}

/**
 * Opens the database at `path` and prepares its statements. Disposing of the store checkpoints and
 * closes it.
 *
 * @throws {DatabaseUnusable} when the file cannot be used; it is left as it was. Or a passing failure of
 * the storage, such as a full disk or a foreign lock.
 */
export function openStore(path: string): Store {
  let open = openTables(path);
  let isSpoilt = false;
  const place = () => {
    const found = open.watch.look();
    isSpoilt ||= found === "log overwritten";
    return found;
  };
  const tables = () => {
    if (!isSpoilt) return open;
    throw new DatabaseUnusable(describeSpoilt(path));
  };
  const close = () => isSpoilt ? "its write-ahead log is spoilt" : closeDatabase(open.db);
  return {
    get jobs() {
      return tables().jobs;
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
    place,
    reopen() {
      if (open.db.isOpen) {
        if (open.watch.look() === "log replaced") checkpoint(open.db);
        closeDatabase(open.db);
      }
      open = openTables(path);
    },
    close,
    [Symbol.dispose]: () => void close(),
  };
}

/** To close it, or to read from it, would take zeros for what was stored. */
function describeSpoilt(path: string): string {
  return `Cannot go on: ${path}-wal was emptied by another program, and what was stored in it alone ` +
    `is lost; start again to go on with what ${path} has, or restore a backup`;
}

interface OpenTables extends Tables {
  readonly db: DatabaseSync;
  readonly watch: PlaceWatch;
}

function openTables(path: string): OpenTables {
  const db = openDatabase(path, STATE_FORMAT);
  return {
    db,
    jobs: new Jobs(db),
    attempts: new Attempts(db),
    history: new History(db),
    states: new States(db),
    plans: new Plans(db),
    heartbeats: new Heartbeats(db),
    transaction: createTransaction(db),
    watch: watchPlace(path),
  };
}
