const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What cannot be read. */
const UNKNOWN = "?";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * A time on the wall clock of this machine, as short as it can be understood at `now`. Both in milliseconds
 * since the epoch.
 *
 * @example
 * ```ts
 * formatTime(at, now); // "07:30", "Mon 07:30", "24 Nov 07:30" or "2026-11-24 07:30"
 * ```
 */
export function formatTime(at: number, now: number): string {
  if (!Number.isFinite(at)) return UNKNOWN;
  const date = new Date(at);
  const today = new Date(now);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === today.toDateString()) return clock;
  if (Math.abs(at - now) < 6 * DAY) return `${WEEKDAYS[date.getDay()]} ${clock}`;
  if (Math.abs(at - now) < 180 * DAY) {
    return `${date.getDate()} ${MONTHS[date.getMonth()]} ${clock}`;
  }
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** How far a time is from `now`, such as `in 4 min` or `3 h ago`. */
export function formatDistance(at: number, now: number): string {
  if (!Number.isFinite(at)) return UNKNOWN;
  const span = formatSpan(Math.abs(at - now), SECOND);
  if (Math.abs(at - now) < SECOND) return "now";
  return at > now ? `in ${span}` : `${span} ago`;
}

/** A time with its distance, such as `07:30 (in 4 min)`. */
export function formatWhen(at: number, now: number): string {
  return `${formatTime(at, now)} (${formatDistance(at, now)})`;
}

/**
 * How long something took, in its largest unit.
 *
 * @param ms milliseconds.
 * @param finest the finest unit to show, in milliseconds.
 */
export function formatSpan(ms: number, finest = 1): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < SECOND) return finest < SECOND ? `${Math.round(ms)} ms` : "0 s";
  if (ms < 10 * SECOND && finest < SECOND) return `${Math.floor(ms / 100) / 10} s`;
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}
