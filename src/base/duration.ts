const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const NAMED_MS = new Map([["hourly", 3_600_000], ["daily", 86_400_000], ["weekly", 604_800_000]]);

/** Ten years: longer than any interval, retention or timeout that makes sense. */
const MAX_MS = 10 * 366 * 86_400_000;

/** Longer than any text of six units; megabytes of text would overflow the matcher's stack. */
const MAX_LENGTH = 200;

/**
 * Milliseconds of a duration such as `500ms`, `90s`, `1h30m`, `2w` or `daily`; `undefined` if the
 * text is not a duration, or is longer than ten years. Units may come in any order, each at most once.
 *
 * @example
 * ```ts
 * parseDuration("1h30m"); // 5_400_000
 * ```
 */
export function parseDuration(text: string): number | undefined {
  const named = NAMED_MS.get(text);
  if (named !== undefined) return named;
  if (text.length > MAX_LENGTH || !/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined;
  const seen = new Set<string>();
  let total = 0;
  for (const [, digits, unit = ""] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    if (seen.has(unit)) return undefined;
    seen.add(unit);
    total += Number(digits) * (UNIT_MS[unit] ?? NaN);
  }
  return total <= MAX_MS ? total : undefined;
}

/**
 * The shortest text of a duration, as {@link parseDuration} reads it.
 *
 * @example
 * ```ts
 * formatDuration(5_400_000); // "1h30m"
 * ```
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === "" ? "0s" : text;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What cannot be read. */
export const UNKNOWN = "?";

/** How far a time is from `now`, such as `in 4 min` or `3 h ago`. Both in milliseconds since the epoch. */
export function formatDistance(at: number, now: number): string {
  if (!Number.isFinite(at)) return UNKNOWN;
  const span = formatSpan(Math.abs(at - now), SECOND);
  if (Math.abs(at - now) < SECOND / 2) return "now";
  return at > now ? `in ${span}` : `${span} ago`;
}

/**
 * How long something took, in its largest unit of which there are two, rounded to the nearest.
 *
 * @param ms milliseconds.
 * @param finest the finest unit to show, in milliseconds.
 */
export function formatSpan(ms: number, finest = 1): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const count = (unit: number) => Math.round(ms / unit);
  if (finest < SECOND && count(1) < SECOND) return `${count(1)} ms`;
  if (finest < SECOND && count(SECOND / 10) < 100) return `${count(SECOND / 10) / 10} s`;
  if (count(SECOND) < 120) return `${count(SECOND)} s`;
  if (count(MINUTE) < 120) return `${count(MINUTE)} min`;
  if (count(HOUR) < 48) return `${count(HOUR)} h`;
  return `${count(DAY)} d`;
}
