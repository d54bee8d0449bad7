import { formatDistance, formatSpan, UNKNOWN } from "../base/duration.ts";

export { formatDistance, formatSpan };

const DAY = 86_400_000;

/** So near that a minute is too coarse. */
const NEAR = 120_000;

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * A time on the wall clock of this machine, as short as it can be understood at `now`; with seconds within
 * two minutes of it. Both in milliseconds since the epoch.
 *
 * @example
 * ```ts
 * formatTime(at, now); // "07:30:05", "07:30", "Mon 07:30", "24 Nov 07:30" or "2026-11-24 07:30"
 * ```
 */
export function formatTime(at: number, now: number): string {
  if (!Number.isFinite(at)) return UNKNOWN;
  const date = new Date(at);
  const today = new Date(now);
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const clock = Math.abs(at - now) < NEAR ? `${minute}:${two(date.getSeconds())}` : minute;
  if (date.toDateString() === today.toDateString()) return clock;
  if (Math.abs(at - now) < 6 * DAY) return `${WEEKDAYS[date.getDay()]} ${clock}`;
  if (Math.abs(at - now) < 180 * DAY) {
    return `${date.getDate()} ${MONTHS[date.getMonth()]} ${clock}`;
  }
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** The distance of a time that is past, within a sentence. */
export function formatAgo(at: number, now: number): string {
  const distance = formatDistance(at, now);
  return distance === "now" ? "just now" : distance;
}

/** A time with its distance, such as `07:30 (in 4 min)`. */
export function formatWhen(at: number, now: number): string {
  if (!Number.isFinite(at)) return UNKNOWN;
  return `${formatTime(at, now)} (${formatDistance(at, now)})`;
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}
