/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `errno` of a system error. Deno gives it only in the text of its errors. */
export function osErrorNumber(error: unknown): number | undefined {
  const [, number] = /\(os error (\d+)\)/.exec(messageOf(error)) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** A fault of this program, for the person who has to find it. */
export interface Fault {
  readonly error: string;
  /** The place in the source, if it is known. */
  readonly at: string | undefined;
}

/** A fault's text goes into the log and into the database. */
const MAX_CHARS = 1_000;

/** What to report of an unexpected error. */
export function describeFault(error: unknown): Fault {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  const place = stack.split("\n").map((line) => line.trim()).find((line) => line.startsWith("at "));
  return { error: messageOf(error).slice(0, MAX_CHARS), at: place?.slice("at ".length) };
}
