import {
  type AttemptFacts,
  readAttempts,
  readAttemptsAfter,
  readLastAttempts,
  readLastFailure,
  readLastRow,
} from "../reader/attempts.ts";
import { shortenIds, type WholeJob } from "../reader/jobs.ts";
import type { Reader } from "../reader/reader.ts";
import { refuseName } from "./entry_name.ts";
import { findJob } from "./job_id.ts";

/** Whose attempts to show: those of a job, of a plugin, or all. */
export interface Source {
  readonly plugin?: string;
  readonly job?: WholeJob;
}

/** What the owner meant, or what to say on stderr, with which a command exits with 2. */
export type FoundSource =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly error: string };

/** Some attempts, the oldest first, and where the next ones follow. */
export interface Page {
  readonly attempts: readonly AttemptFacts[];
  /** The short ids of their jobs. */
  readonly ids: ReadonlyMap<string, string>;
  /** The row after which the next ones follow. */
  readonly row: bigint;
  /** Whether there are more already. */
  readonly hasMore: boolean;
}

/** Finds the entry with the name `word`, else the job whose id begins with it. */
export function findSource(reader: Reader, word: string | undefined): FoundSource {
  if (word === undefined) return { ok: true, source: {} };
  const refusal = refuseName(reader, word);
  if (refusal === undefined) return { ok: true, source: { plugin: word } };
  const found = findJob(reader, word);
  if (found.ok) return { ok: true, source: { plugin: found.job.plugin, job: found.job } };
  return { ok: false, error: found.isAmbiguous || isLikeId(word) ? found.error : refusal };
}

/** Whether a word is rather meant as an id than as a name. */
function isLikeId(word: string): boolean {
  return /^(?=.*\d)[\da-f-]+$/.test(word);
}

/** The last attempts of a source, at most `last`; or only the last one that failed. */
export function readPage(
  reader: Reader,
  { plugin, job }: Source,
  { last, lastFailure = false }: { readonly last: number; readonly lastFailure?: boolean },
): Page {
  const ofJob = job && readAttempts(reader, job);
  const failure = () =>
    ofJob === undefined
      ? readLastFailure(reader, plugin)
      : ofJob.findLast(({ status }) => status === "failed" || status === "dead");
  const attempts = lastFailure
    ? [failure()].filter((one) => one !== undefined)
    : ofJob?.slice(-last) ?? readLastAttempts(reader, plugin, last);
  return toPage(reader, attempts, readLastRow(reader), false);
}

/** How many attempts are read at once. */
const MAX_NEWS = 100;

/** The attempts of a source that ended after `row` was the last one. */
export function readNews(reader: Reader, { plugin, job }: Source, row: bigint): Page {
  const last = readLastRow(reader); // less than `row` once the table was emptied
  const news = readAttemptsAfter(reader, plugin, row, MAX_NEWS);
  const attempts = news.filter(({ jobId }) => job === undefined || jobId === job.id);
  const hasMore = news.length === MAX_NEWS;
  return toPage(reader, attempts, hasMore ? news.at(-1)?.row ?? last : last, hasMore);
}

function toPage(
  reader: Reader,
  attempts: readonly AttemptFacts[],
  row: bigint,
  hasMore: boolean,
): Page {
  const ids = shortenIds(reader, attempts.map(({ jobId }) => jobId));
  return { attempts, ids, row, hasMore };
}
