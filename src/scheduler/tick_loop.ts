import type { Log } from "../log/log.ts";
import type { Scheduler } from "./tick.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { TickGrid } from "./tick_grid.ts";
import { wait } from "../base/wait.ts";
import type { Wake } from "../base/wake.ts";

/**
 * Ticks on the grid until `stop` aborts or the database is no longer in its place; prunes after each
 * tick, in pieces.
 */
export async function tickLoop(
  parts: {
    readonly scheduler: Scheduler;
    readonly isDatabaseInPlace: () => boolean;
    readonly grid: TickGrid;
    readonly wake: Wake;
    readonly log: Log;
    readonly stop: AbortSignal;
  },
): Promise<"stopped" | "database replaced"> {
  const { scheduler, grid, wake, log, stop } = parts;
  while (!stop.aborted) {
    if (!parts.isDatabaseInPlace()) return "database replaced";
    await retryStorage("enqueue", () => scheduler.tick(grid.currentTickAt()), log, stop);
    wake.wake();
    await pruneInPieces(scheduler, grid, log, stop);
    using nextTick = wait(grid.untilNextMs(), stop);
    await nextTick.done;
  }
  return "stopped";
}

/** Between two pieces the dispatcher has its turn; what is left at the next tick waits for it. */
async function pruneInPieces(
  scheduler: Scheduler,
  grid: TickGrid,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const tickAt = grid.currentTickAt();
  using tickIsOver = wait(grid.untilNextMs());
  let isOver = false;
  tickIsOver.done.then(() => isOver = true);
  while (!isOver && !stop.aborted) {
    const pruned = await retryStorage("prune", () => scheduler.prune(tickAt), log, stop);
    if (!pruned.ok || !pruned.value) return;
    await wait(0).done;
  }
}
