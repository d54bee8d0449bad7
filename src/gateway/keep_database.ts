import type { Log } from "../log/log.ts";
import type { Store } from "../store/store.ts";

/**
 * Opens the database anew where its files have been deleted or replaced. A job that runs meanwhile is
 * settled in what is there then, or discarded if that does not know it.
 *
 * @throws {DatabaseUnusable} when what is there cannot be used; or a passing failure of the storage.
 */
export function keepDatabase(store: Store, path: string, log: Log): void {
  const place = store.place();
  if (place === "in place" || place === "log overwritten") return; // the next step will say so
  log.error(
    place === "database replaced"
      ? "Database was deleted or replaced, opening it again"
      : "Write-ahead log was deleted or replaced, opening the database again",
    { path },
  );
  store.reopen();
}
