import fc from "fast-check";
import assert from "node:assert/strict";
import { isoTime } from "../../src/base/iso_time.ts";
import { conclude } from "../../src/core/conclude.ts";
import { type Ending, type Reason, REASONS } from "../../src/core/ending.ts";
import { statusOf } from "../../src/store/attempts.ts";
import type { AttemptRow } from "../../src/verify/rows.ts";
import { findWrongVerdict, type Terms } from "../../src/verify/verdict.ts";
import { answerOf } from "../support/jobs.ts";

const NOON = Date.parse("2026-01-31T12:00:00.000Z");

const duration = fc.integer({ min: 100, max: 86_400_000 });
const arbitraryTerms: fc.Arbitrary<Terms> = fc.record({
  policy: fc.option(fc.record({ backoffBaseMs: duration, backoffMaxMs: duration }), {
    nil: undefined,
  }),
  capMs: duration,
});

interface Judged {
  readonly reason: Reason | undefined;
  readonly exitCode: number;
  readonly retry: boolean | undefined;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly random: number;
}

const arbitraryJudged: fc.Arbitrary<Judged> = fc.record({
  reason: fc.option(fc.constantFrom(...REASONS), { nil: undefined }),
  exitCode: fc.constantFrom(1, 78),
  retry: fc.option(fc.boolean(), { nil: undefined }),
  attempt: fc.integer({ min: 1, max: 5 }),
  maxAttempts: fc.integer({ min: 5, max: 6 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

/** The row that the gateway would write. */
function writeRow({ reason, exitCode, retry, random, ...job }: Judged, terms: Terms): AttemptRow {
  const answer = answerOf({ retry });
  const isFinal = reason === "row" || (reason === "exit" && exitCode === 78);
  const ending: Ending = reason === undefined
    ? { ok: true, answer }
    : { ok: false, reason, error: "", answer, isFinal };
  const verdict = conclude({ ending, endedAt: NOON, job }, { ...terms, random: () => random });
  const next = verdict.status === "queued" ? verdict.notBefore ?? NOON : undefined;
  return {
    id: 1,
    jobId: "00",
    plugin: "it",
    command: "poll",
    status: statusOf(ending, verdict),
    reason,
    attempt: job.attempt,
    submittedBy: "scheduler",
    createdAt: isoTime(NOON),
    startedAt: isoTime(NOON),
    completedAt: isoTime(NOON),
    durationMs: 0,
    exitCode: reason === undefined ? 0 : exitCode,
    lastError: reason,
    retry,
    nextAttemptAt: next === undefined ? undefined : isoTime(next),
  };
}

Deno.test("no verdict of the gateway is found wrong, whether its terms are known or not", () => {
  fc.assert(fc.property(arbitraryJudged, arbitraryTerms, (judged, terms) => {
    const row = writeRow(judged, terms);
    assert.equal(findWrongVerdict(row, judged.maxAttempts, terms), undefined);
    assert.equal(findWrongVerdict(row, judged.maxAttempts, undefined), undefined);
    assert.equal(findWrongVerdict(row, undefined, undefined), undefined);
  }));
});

Deno.test("another status, or another attempt where there is none, is found wrong", () => {
  const statuses = ["succeeded", "failed", "interrupted", "dead"];
  fc.assert(
    fc.property(
      arbitraryJudged,
      arbitraryTerms,
      fc.constantFrom(...statuses),
      (judged, terms, status) => {
        const row = writeRow(judged, terms);
        if (status !== row.status) {
          assert.notEqual(
            findWrongVerdict({ ...row, status }, judged.maxAttempts, terms),
            undefined,
          );
        }
        const isFree = judged.reason === "spawn" || judged.reason === "state";
        const other = row.nextAttemptAt === undefined ? row.completedAt : undefined;
        if (isFree && other === undefined) return; // the log does not tell whether it was final
        const wrong = { ...row, nextAttemptAt: other };
        assert.notEqual(findWrongVerdict(wrong, judged.maxAttempts, terms), undefined);
      },
    ),
  );
});

Deno.test("an interrupted job is due at once, and a retry within its wait, to the millisecond", () => {
  const policy = { backoffBaseMs: 1_000, backoffMaxMs: 60_000 };
  const terms = { policy, capMs: 60_000 };
  const judged = { exitCode: 1, retry: undefined, attempt: 2, maxAttempts: 4, random: 0 };
  const interrupted = writeRow({ ...judged, reason: "interrupted" }, terms);
  const failed = writeRow({ ...judged, reason: "exit" }, terms);
  const find = (row: AttemptRow, waitMs: number) =>
    findWrongVerdict({ ...row, nextAttemptAt: isoTime(NOON + waitMs) }, 4, terms) === undefined;
  assert.deepEqual([0, 1].map((ms) => find(interrupted, ms)), [true, false]);
  const waits = [1_799, 1_800, 2_200, 2_201].map((ms) => find(failed, ms));
  assert.deepEqual(waits, [false, true, true, false]);
});
