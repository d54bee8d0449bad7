import { afterJob, type Health, UNTRIED } from "../core/breaker.ts";
import { bucketOf } from "../store/accounts.ts";
import { isBefore } from "./job.ts";
import type { Find } from "./promise.ts";
import { forget, type Resumes } from "./resumes.ts";
import type { EndedRow } from "./rows.ts";

/** How the jobs of an entry and command ended, as far as the log goes back without a gap. */
export interface Fold {
  readonly health: Health;
  /** The same, if the last attempt that ended before a `resume` was stored after it. */
  readonly orElse: Health;
  /** How many attempts it goes back. */
  readonly attempts: number;
}

/** How many attempts the log has of one row of `totals`, and how long they took. */
export interface Count {
  readonly attempts: number;
  readonly durationMs: number;
}

/** What the log as a whole says. */
export interface LogFacts {
  readonly attempts: number;
  /** Each by {@link keyOf} of plugin and command. */
  readonly folds: ReadonlyMap<string, Fold>;
  /** Each by {@link keyOf} of plugin, command, outcome and bucket. */
  readonly counts: ReadonlyMap<string, Count>;
  /** The last attempt of each entry. */
  readonly last: ReadonlyMap<string, EndedRow>;
  /** The first attempt that surely ended after `loadedAt`. */
  readonly presentFrom: number;
  /** The last attempt that shows that the clock was set back before it. */
  readonly setBackAt: number;
}

/** A key of several texts. */
export function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join("\0");
}

/**
 * Reads the log in the order in which it was written, and checks that no two attempts of one entry overlap.
 *
 * @param loadedAt when the gateway read its config, in ISO 8601.
 */
export function readLog(
  rows: Iterable<EndedRow>,
  loadedAt: string | undefined,
  resumes: Resumes,
  find: Find,
): LogFacts {
  const folds = new Map<string, Fold>();
  const counts = new Map<string, Count>();
  const last = new Map<string, EndedRow>();
  let [attempts, presentFrom, setBackAt] = [0, 0, 0];
  let before: EndedRow | undefined;
  for (const row of rows) {
    const isSetBack = showsSetBack(row, before);
    if (isSetBack) setBackAt = row.id;
    if (loadedAt === undefined || row.completedAt < loadedAt) presentFrom = row.id + 1;
    else if (isSetBack) presentFrom = row.id;
    if (row.id !== (before?.id ?? 0) + 1) folds.clear(); // what is missing may have been a success
    checkOverlap(last.get(row.plugin), row, setBackAt, find);
    if (row.isCounted) {
      addToFold(folds, row, resumes);
      addToCount(counts, row);
    }
    last.set(row.plugin, row);
    before = row;
    attempts++;
  }
  return { attempts, folds, counts, last, presentFrom, setBackAt };
}

/** Attempts are settled in the order in which they end, give or take a moment. */
function showsSetBack(row: EndedRow, before: EndedRow | undefined): boolean {
  return isBefore(row.startedAt, row.createdAt) || isBefore(row.completedAt, row.startedAt) ||
    (before !== undefined && isBefore(row.completedAt, before.completedAt));
}

/**
 * A clock set back makes attempts seem to overlap. So does it make a job of the scheduler seem to be
 * queued while another one of its entry ran, which the scheduler never does.
 */
function checkOverlap(
  before: EndedRow | undefined,
  row: EndedRow,
  setBackAt: number,
  find: Find,
): void {
  if (before === undefined || row.startedAt >= before.completedAt) return;
  if (row.completedAt <= before.startedAt) return; // it ran clearly earlier, on a clock set back
  const isQueuedBeside = row.submittedBy === "scheduler" && row.attempt === 1 &&
    row.createdAt > before.startedAt && row.createdAt < before.completedAt;
  const isOfClock = setBackAt > before.id || isQueuedBeside;
  find(
    isOfClock ? "clock.order" : "log.overlap",
    "job_log",
    `id ${row.id}, plugin ${row.plugin}`,
    `started at ${row.startedAt}, before id ${before.id} ended at ${before.completedAt}`,
  );
}

function addToFold(folds: Map<string, Fold>, row: EndedRow, resumes: Resumes): void {
  const key = keyOf(row.plugin, row.command);
  const fold = folds.get(key) ?? { health: UNTRIED, orElse: UNTRIED, attempts: 0 };
  const endedAt = Date.parse(row.completedAt);
  const after = (health: Health) =>
    row.isFinal ? afterJob(health, row.status === "succeeded", endedAt) : health;
  const attempts = fold.attempts + 1;
  const isForgotten = row.command === "poll" && endedAt <= (resumes.get(row.plugin) ?? -Infinity);
  const [health, orElse] = isForgotten
    ? [forget(after(fold.health)), after(forget(fold.health))]
    : [after(fold.health), after(fold.orElse)];
  folds.set(key, { health, orElse, attempts });
}

function addToCount(counts: Map<string, Count>, row: EndedRow): void {
  const outcome = row.isFinal ? row.status : "retried";
  const key = keyOf(row.plugin, row.command, outcome, bucketOf(row.durationMs));
  const { attempts, durationMs } = counts.get(key) ?? { attempts: 0, durationMs: 0 };
  counts.set(key, { attempts: attempts + 1, durationMs: durationMs + row.durationMs });
}
