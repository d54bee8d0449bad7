import {
  closeDatabase,
  createTransaction,
  openDatabase,
  type Transaction,
} from "../sqlite/database.ts";
import { Attempts } from "./attempts.ts";
import { STATE_FORMAT } from "./format.ts";
import { Heartbeats } from "./heartbeats.ts";
import { History } from "./history.ts";
import { Jobs } from "./jobs.ts";
import { Plans } from "./plans.ts";
import { States } from "./states.ts";

/** The open database: every table, and transactions over them. */
export interface Store extends Disposable {
  readonly jobs: Jobs;
  readonly attempts: Attempts;
  readonly history: History;
  readonly states: States;
  readonly plans: Plans;
  readonly heartbeats: Heartbeats;
  /** All of `work` is stored, or (when it throws) none. */
  readonly transaction: Transaction;
  /** Whether the file at the path is still the one that is open: it may be deleted or replaced. */
  isInPlace(): boolean;
}

/**
 * Opens the database at `path` and prepares its statements. Disposing of the store checkpoints and
 * closes it.
 *
 * @throws {DatabaseUnusable} when the file cannot be used; it is left as it was.
 */
export function openStore(path: string): Store {
  const db = openDatabase(path, STATE_FORMAT);
  const opened = identify(path);
  return {
    jobs: new Jobs(db),
    attempts: new Attempts(db),
    history: new History(db),
    states: new States(db),
    plans: new Plans(db),
    heartbeats: new Heartbeats(db),
    transaction: createTransaction(db),
    isInPlace: () => identify(path) === opened,
    [Symbol.dispose]: () => closeDatabase(db),
  };
}

/** Device and inode of the file; `undefined` if there is none. */
function identify(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
