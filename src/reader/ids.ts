import type { Reader } from "./reader.ts";

/** The fewest characters of an id to show. */
const SHORTEST = 8;

/** Sorts after every character of an id. */
const LAST = "\u{10ffff}";

/** The shortest beginning of each of these job ids that no other job's id begins with. */
export function shortenIds(reader: Reader, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [id, shorten(reader, id)]));
}

function shorten(reader: Reader, id: string): string {
  for (let length = SHORTEST; length < id.length; length++) {
    const short = id.slice(0, length);
    if (findIds(reader, short, 2).length < 2) return short;
  }
  return id;
}

/** The ids of jobs that begin with `beginning`, in the order of the alphabet; at most `limit`. */
export function findIds(reader: Reader, beginning: string, limit: number): readonly string[] {
  return reader.rows(
    "SELECT id FROM job_queue WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
    beginning,
    beginning + LAST,
    limit,
  ).map(({ id }) => String(id));
}
