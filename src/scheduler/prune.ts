import type { Log } from "../log/log.ts";
import type { Setup } from "../plugin/setup.ts";
import type { Store } from "../store/store.ts";

/**
 * Deletes one batch of the history that is past its retention at a tick, and the pauses that are over.
 *
 * @param tickAt the nominal time of the tick, in milliseconds since the epoch.
 * @returns whether there may be more to delete.
 */
export function prune(
  { store, log }: { readonly store: Store; readonly log: Log },
  { config }: Setup,
  tickAt: number,
): boolean {
  const cutoff = tickAt - config.service.jobLogRetentionMs;
  const { deleted, more } = store.transaction(() => {
    store.pauses.deleteOver(tickAt);
    return store.history.prune(cutoff, tickAt);
  });
  if (deleted > 0) log.debug("History pruned", { rows: deleted });
  return more;
}
