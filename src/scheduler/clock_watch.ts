/** Notices that the wall clock was set or that the machine slept, which looks the same. */
export interface ClockWatch {
  /**
   * By how many milliseconds the wall clock has moved since the last call, against a clock that is never
   * set; 0 if by no more than a tick.
   */
  movedByMs(): number;
}

/** A pause between the readings of the two clocks does not count as a moved clock. */
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
