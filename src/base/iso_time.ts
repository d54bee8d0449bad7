/** A time in milliseconds since the epoch as ISO 8601 in UTC, with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const FIRST_MS = Date.parse("0000-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Reads a time in ISO 8601, in milliseconds since the epoch; `undefined` if the text is not one, has no
 * time zone, or is outside the years 0 to 9999.
 *
 * @example
 * ```ts
 * parseIsoTime("1970-01-01T01:00:00+01:00"); // 0
 * ```
 */
export function parseIsoTime(text: string): number | undefined {
  const ms = ISO_TIME.test(text) ? Date.parse(text) : NaN;
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}
