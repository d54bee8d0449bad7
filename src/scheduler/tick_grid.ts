/** The times at which the scheduler checks: a fixed grid on a clock that is never set. */
export interface TickGrid {
  /** The wall-clock time at which the current tick was due, in whole milliseconds. */
  currentTickAt(): number;
  /** Milliseconds until the next tick. */
  untilNextMs(): number;
}

/** A timer drops the fraction of a millisecond, so it may fire before the tick. */
const EARLY_MS = 10;

/**
 * A grid that starts now. A late tick keeps its nominal time, and of missed ticks only the last one
 * counts, so lateness never adds up and never causes a burst. A tick that is up to 10 ms early counts as
 * the next one, not as the previous one again. Source: docs/decisions.md, "The tick grid".
 *
 * @param monotonic milliseconds on a clock that is never set, such as `performance.now`.
 * @param now milliseconds since the epoch.
 */
export function startTickGrid(
  intervalMs: number,
  monotonic: () => number,
  now: () => number,
): TickGrid {
  const startedMs = monotonic();
  /** How long ago the current tick was due; negative if it is early. */
  function lateMs(): number {
    const elapsedMs = monotonic() - startedMs;
    return elapsedMs - Math.floor((elapsedMs + EARLY_MS) / intervalMs) * intervalMs;
  }
  return {
    currentTickAt: () => Math.round(now() - lateMs()),
    untilNextMs: () => intervalMs - lateMs(),
  };
}
