/** Notices when the wall clock is set, or the machine has slept, which looks the same. */
export interface ClockWatch {
  /**
   * By how many milliseconds the wall clock has moved since the last call against the clock that
   * nobody sets; 0 if by no more than a tick.
   */
  movedByMs(): number;
}

/** A process that the system holds up between two readings of its clocks is no moved clock. */
const TOLERANCE_MS = 1_000;

/**
 * A watch that starts now.
 *
 * @param intervalMs how long a tick is.
 * @param monotonic milliseconds on a clock that is never set, such as `performance.now`.
 * @param now milliseconds since the epoch.
 */
export function startClockWatch(
  intervalMs: number,
  monotonic: () => number,
  now: () => number,
): ClockWatch {
  const lag = () => now() - monotonic();
  let before = lag();
  return {
    movedByMs() {
      const movedByMs = Math.round(lag() - before);
      before += movedByMs;
      return Math.abs(movedByMs) > Math.max(intervalMs, TOLERANCE_MS) ? movedByMs : 0;
    },
  };
}
