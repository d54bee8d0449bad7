import { escapeUnseen } from "../base/unseen.ts";
import { findIds, nearestIds, readJob, shortenIds, type WholeJob } from "../reader/jobs.ts";
import type { Reader } from "../reader/reader.ts";

/** The job that the owner meant, or what to say on stderr, with which a command exits with 2. */
export type FoundJob =
  | { readonly ok: true; readonly job: WholeJob }
  | {
    readonly ok: false;
    readonly error: string;
    /** Whether several ids begin with it. */
    readonly isAmbiguous: boolean;
  };

/** How many jobs of an ambiguous id are listed. */
const MAX_CANDIDATES = 10;

/** How many jobs with a similar id are named. */
const MAX_GUESSES = 3;

/**
 * Finds a job by its id, or by a beginning of it that no other id has.
 *
 * @param entries the names of entries, which an owner may type by mistake.
 */
export function findJob(
  reader: Reader,
  typed: string,
  entries: readonly string[] = [],
): FoundJob {
  const exact = readJob(reader, typed);
  if (exact !== undefined) return { ok: true, job: exact };
  const ids = findIds(reader, typed, MAX_CANDIDATES + 1);
  const [id] = ids;
  const job = ids.length === 1 && id !== undefined ? readJob(reader, id) : undefined;
  if (job !== undefined) return { ok: true, job };
  if (entries.includes(typed)) return { ok: false, isAmbiguous: false, error: isEntry(typed) };
  return ids.length > 1
    ? { ok: false, isAmbiguous: true, error: ambiguous(reader, typed, ids) }
    : { ok: false, isAmbiguous: false, error: unknown(reader, typed) };
}

function isEntry(name: string): string {
  return `error: ${name} is an entry; senechal-gw jobs --plugin ${name} lists its jobs`;
}

function ambiguous(reader: Reader, typed: string, ids: readonly string[]): string {
  const shown = ids.slice(0, MAX_CANDIDATES);
  const lines = shown.map((id) => {
    const job = readJob(reader, id);
    return `  ${id}  ${job?.status}  ${job?.plugin}`;
  });
  const more = ids.length > shown.length ? ["  and others"] : [];
  return [`error: several jobs begin with '${typed}'`, ...lines, ...more].map(escapeUnseen)
    .join("\n");
}

function unknown(reader: Reader, typed: string): string {
  const near = shortenIds(reader, nearestIds(reader, typed, MAX_GUESSES));
  const guesses = [...near.values()].map((id) => `'${id}'`).join(" or ");
  const hint = guesses === "" ? "; senechal-gw jobs lists them" : `, did you mean ${guesses}?`;
  return escapeUnseen(`error: no job begins with '${typed}'${hint}`);
}
