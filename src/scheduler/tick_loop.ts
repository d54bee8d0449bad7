import { wait } from "../base/wait.ts";
import type { Wake } from "../base/wake.ts";
import type { Log } from "../log/log.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import { startClockWatch } from "./clock_watch.ts";
import { startTickGrid, type TickGrid } from "./tick_grid.ts";

/** What the tick loop is made of. */
export interface TickLoopParts {
  /** One tick, at its nominal time. */
  readonly tick: (tickAt: number) => unknown;
  /** After each tick, starts to recover stray jobs and to check what holds plugins back. */
  readonly lookAfter: () => void;
  /** Deletes one batch of old history and says whether there may be more. */
  readonly prune: (tickAt: number) => boolean;
  /** Before each tick, checks that the database is still in place, and reopens it if not. */
  readonly keepDatabase: () => void;
  readonly intervalMs: number;
  /** Milliseconds on a clock that is never set, such as `performance.now`. */
  readonly monotonic: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wake: Wake;
  readonly log: Log;
  readonly stop: AbortSignal;
}

/** How long no history is deleted after the wall clock moved: time to set it right. */
const NO_PRUNING_MS = 3_600_000;

/**
 * Ticks on the grid until `stop` aborts; prunes after each tick, in pieces, unless the wall clock moved
 * lately. Source: docs/decisions.md, "A moved clock".
 */
export async function tickLoop(parts: TickLoopParts): Promise<void> {
  const { intervalMs, monotonic, now, wake, log, stop } = parts;
  const grid = startTickGrid(intervalMs, monotonic, now);
  const watch = startClockWatch(intervalMs, monotonic, now);
  let pruneFromMs = -Infinity;
  while (!stop.aborted) {
    await retryStorage("keep database", parts.keepDatabase, log, stop);
    await retryStorage("enqueue", () => parts.tick(grid.currentTickAt()), log, stop);
    wake.wake();
    parts.lookAfter();
    const movedByMs = watch.movedByMs();
    if (movedByMs !== 0) {
      pruneFromMs = monotonic() + NO_PRUNING_MS;
      log.warn("Clock moved, history pruning paused for an hour", { moved_by_ms: movedByMs });
    }
    if (monotonic() >= pruneFromMs) await pruneInPieces(parts, grid);
    using nextTick = wait(grid.untilNextMs(), stop);
    await nextTick.done;
  }
}

/** Between two pieces the dispatcher gets a turn; the next tick takes what is left by then. */
async function pruneInPieces(
  { prune, log, stop }: TickLoopParts,
  grid: TickGrid,
): Promise<void> {
  const tickAt = grid.currentTickAt();
  using tickIsOver = wait(grid.untilNextMs());
  let isOver = false;
  tickIsOver.done.then(() => isOver = true);
  while (!isOver && !stop.aborted) {
    const pruned = await retryStorage("prune", () => prune(tickAt), log, stop);
    if (!pruned.ok || !pruned.value) return;
    await wait(0).done;
  }
}
