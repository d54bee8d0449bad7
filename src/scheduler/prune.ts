import type { Log } from "../log/log.ts";
import type { Store } from "../store/store.ts";

/**
 * Deletes one batch of the history that ended before `cutoff`, in milliseconds since the epoch.
 *
 * @returns whether there may be more to delete.
 */
export function prune(
  { store, log }: { readonly store: Store; readonly log: Log },
  cutoff: number,
): boolean {
  const { deleted, more } = store.transaction(() => store.history.prune(cutoff));
  if (deleted > 0) log.debug("History pruned", { rows: deleted });
  return more;
}
