import { isoTime } from "../base/iso_time.ts";
import { conclude, type RetryPolicy, type Verdict } from "../core/conclude.ts";
import { type Answer, type Ending, type Reason, REASONS } from "../core/ending.ts";
import { EX_CONFIG } from "../plugin/ending.ts";
import { statusOf } from "../store/attempts.ts";
import type { AttemptRow } from "./rows.ts";

/** What decided about another attempt, besides how the last one ended. */
export interface Terms {
  /** `undefined` if a failed job is not retried. */
  readonly policy: RetryPolicy | undefined;
  /** The longest wait, in milliseconds. */
  readonly capMs: number;
}

/** What `conclude` may have said: of the two verdicts, the second has the longest wait. */
interface Possible {
  readonly ending: Ending;
  readonly soonest: Verdict;
  readonly latest: Verdict;
}

/** Under an unknown policy, a failed job may be retried or not, whenever. */
const ANY: readonly Terms[] = [
  { policy: undefined, capMs: Infinity },
  { policy: { backoffBaseMs: 0, backoffMaxMs: Infinity }, capMs: Infinity },
];

/**
 * Says what is wrong with the verdict of an attempt; `undefined` if `conclude` may have given it. Where the
 * log does not tell all that decided, every possibility counts.
 *
 * @param maxAttempts of its job; `undefined` if that is gone.
 * @param terms those of its entry; `undefined` if they may have been others then.
 */
export function findWrongVerdict(
  row: AttemptRow,
  maxAttempts: number | undefined,
  terms: Terms | undefined,
): string | undefined {
  const reason = row.reason;
  if (reason !== undefined && !isReason(reason)) return `reason is "${reason}"`;
  const limits = maxAttempts === undefined ? [row.attempt, Infinity] : [maxAttempts];
  const possible = endingsOf(row, reason).flatMap((ending) =>
    limits.flatMap((limit) =>
      (terms === undefined ? ANY : [terms]).map((each) => verdictsOf(row, ending, limit, each))
    )
  );
  if (possible.some((one) => fits(row, one, terms === undefined))) return undefined;
  const next = row.nextAttemptAt ?? "NULL";
  const said = [...new Set(possible.map((one) => describe(one, terms === undefined)))].join(
    ", or ",
  );
  return `status is ${row.status}, next_attempt_at ${next}; expected ${said}`;
}

function isReason(text: string): text is Reason {
  return REASONS.some((reason) => reason === text);
}

/** The endings that leave such a row: it does not tell whether another attempt was bound to fail, too. */
function endingsOf(row: AttemptRow, reason: Reason | undefined): readonly Ending[] {
  const answer = answerOf(row.retry);
  if (reason === undefined) return [{ ok: true, answer }];
  const mayBeFinal: readonly boolean[] = reason === "exit"
    ? [row.exitCode === EX_CONFIG]
    : reason === "row"
    ? [true]
    : reason === "spawn" || reason === "state"
    ? [true, false]
    : [false];
  return mayBeFinal.map((isFinal) => ({ ok: false, reason, error: "", answer, isFinal }));
}

function answerOf(retry: boolean | undefined): Answer {
  const leftOut = { events: 0, logs: 0 };
  return { updates: {}, events: [], logs: [], leftOut, mistyped: [], retry };
}

function verdictsOf(row: AttemptRow, ending: Ending, maxAttempts: number, terms: Terms): Possible {
  const attempt = {
    ending,
    endedAt: Date.parse(row.completedAt),
    job: { attempt: row.attempt, maxAttempts },
  };
  const concludeAt = (random: number) => conclude(attempt, { ...terms, random: () => random });
  return { ending, soonest: concludeAt(0), latest: concludeAt(1) };
}

function fits(
  row: AttemptRow,
  { ending, soonest, latest }: Possible,
  isWaitFree: boolean,
): boolean {
  if (statusOf(ending, soonest) !== row.status) return false;
  if (soonest.status !== "queued" || latest.status !== "queued") {
    return row.nextAttemptAt === undefined;
  }
  if (row.nextAttemptAt === undefined) return false;
  if (soonest.notBefore === undefined || latest.notBefore === undefined) {
    return row.nextAttemptAt === row.completedAt;
  }
  if (isWaitFree) return row.nextAttemptAt >= row.completedAt;
  return row.nextAttemptAt >= isoTime(soonest.notBefore) &&
    row.nextAttemptAt <= isoTime(latest.notBefore);
}

function describe({ ending, soonest, latest }: Possible, isWaitFree: boolean): string {
  const status = statusOf(ending, soonest);
  if (soonest.status !== "queued" || latest.status !== "queued") {
    return `${status} without another attempt`;
  }
  const [from, to] = [soonest.notBefore, latest.notBefore];
  if (from === undefined || to === undefined) return `${status} with another attempt at once`;
  return isWaitFree
    ? `${status} with another attempt`
    : `${status} with another attempt from ${isoTime(from)} to ${isoTime(to)}`;
}
