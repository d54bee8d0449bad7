import type { LogFields } from "./text.ts";

/** The most bytes of a line, newline included: Docker splits longer lines, and journald much longer ones. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Marks the place where a field was cut. */
const MARK = " …";

/** Fields of fewer characters are never cut. */
const SHORT_FIELD = 64;

/** No UTF-16 unit takes more bytes than this in UTF-8. */
const BYTES_OF_UNIT = 3;

/**
 * The line that `render` makes of the fields, at most `maxBytes` bytes long: it cuts the longest field,
 * and the next one if need be. A list or map that is cut becomes the beginning of its JSON.
 */
export function renderBounded(
  fields: LogFields,
  render: (fields: LogFields) => string,
  maxBytes: number,
): string {
  const line = render(fields);
  if (line.length * BYTES_OF_UNIT <= maxBytes) return line;
  const bytes = byteLength(line);
  const [name, text] = longestOf(fields);
  if (bytes <= maxBytes || text.length <= SHORT_FIELD) return line;
  const otherBytes = byteLength(render({ ...fields, [name]: MARK }));
  const share = (maxBytes - otherBytes) / (bytes - otherBytes + byteLength(MARK));
  return renderBounded({ ...fields, [name]: cut(text, share) }, render, maxBytes);
}

function longestOf(fields: LogFields): readonly [name: string, text: string] {
  const texts = Object.entries(fields).map(([name, value]) =>
    [name, typeof value === "string" ? value : JSON.stringify(value) ?? ""] as const
  );
  return texts.reduce((longest, one) => one[1].length > longest[1].length ? one : longest, [
    "",
    "",
  ]);
}

/**
 * The given share of a text, and always less than the whole: if its beginning takes more bytes than its
 * end, one cut is not enough. No character is halved.
 */
function cut(text: string, share: number): string {
  const units = Math.min(text.length * Math.max(0, share), text.length - 2 * MARK.length);
  return text.slice(0, units).replace(/[\ud800-\udbff]$/, "") + MARK;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
