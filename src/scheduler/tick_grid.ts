/** The times at which the scheduler looks: a fixed grid on a clock that nobody can move. */
export interface TickGrid {
  /** The wall-clock time at which the present tick should have come, in whole milliseconds. */
  currentTickAt(): number;
  /** Milliseconds until the next tick. */
  untilNextMs(): number;
}

/** A timer drops the fraction of a millisecond, so it may wake its sleeper before the tick. */
const EARLY_MS = 10;

/**
 * A grid that starts now. A late tick keeps its nominal time, and of missed ticks only the last one
 * counts, so lateness never adds up and never causes a burst. A tick that comes up to 10 ms early is
 * the coming one, not the one before it again. Source: docs/decisions.md, "The tick grid".
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
  /** How long ago the present tick should have come; negative for one that comes early. */
  function lateMs(): number {
    const elapsedMs = monotonic() - startedMs;
    return elapsedMs - Math.floor((elapsedMs + EARLY_MS) / intervalMs) * intervalMs;
  }
  return {
    currentTickAt: () => Math.round(now() - lateMs()),
    untilNextMs: () => intervalMs - lateMs(),
  };
}
