import type { Log } from "../log/log.ts";
import { StorageUnreachable } from "../sqlite/storage_error.ts";
import { type Lock, takeLock } from "../store/lock.ts";
import { HeldByAnother, type Place, type Store } from "../store/store.ts";
import { describeNoLock } from "./start_report.ts";

/** The lock that is held now. */
export interface HeldLock {
  lock: Lock;
}

/**
 * Takes the lock again if its file was deleted or replaced, then reopens the database if its files were.
 * A job that runs meanwhile is settled in the new database; if that does not know the job, the result is
 * discarded.
 *
 * @param onReopened the new database may lack what the gateway stored at its start.
 * @throws {HeldByAnother} when another gateway has the new one; {@link DatabaseUnusable} when it
 * cannot be used; or a passing failure of the storage.
 */
export function keepDatabase(
  store: Store,
  held: HeldLock,
  path: string,
  log: Log,
  onReopened: () => void,
): void {
  const place = store.place();
  if (!held.lock.isInPlace()) {
    log.error("Lock file was deleted or replaced, taking the lock again", { path: held.lock.path });
    takeAgain(held, path, place);
  }
  if (place === "in place" || place === "log overwritten") return; // the next step will say so
  if (place === "database replaced") {
    log.error("Database was deleted or replaced, opening it again", { path });
  } else if (place === "log replaced") {
    log.error("Write-ahead log was deleted or replaced, opening the database again", { path });
  }
  store.reopen();
  onReopened();
}

/**
 * Another process that has the new lock file, but not the open database, is about to find that this one
 * is held, too, and to release the lock.
 */
function takeAgain(held: HeldLock, path: string, place: Place): void {
  const taken = takeLock(path);
  if (taken.kind === "taken") {
    taken.lock.markDamaged(held.lock.isMarkedDamaged);
    held.lock[Symbol.dispose]();
    held.lock = taken.lock;
    return;
  }
  if ((place === "database replaced" || place === "closed") && taken.kind === "held") {
    throw new HeldByAnother(describeNoLock(taken));
  }
  const why = taken.kind === "held" ? `process ${taken.holderPid} holds it` : taken.error;
  throw new StorageUnreachable(taken.path, why, "remove it, or end that process");
}
