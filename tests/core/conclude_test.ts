import fc from "fast-check";
import assert from "node:assert/strict";
import { conclude, type Verdict } from "../../src/core/conclude.ts";
import type { Ending, Reason } from "../../src/core/ending.ts";
import { answerOf, failure, success } from "../support/jobs.ts";

/** Every reason but the one that leads to another attempt; add new ones here. */
const FINAL: Readonly<Record<Exclude<Reason, "interrupted">, true>> = {
  timeout: true,
  exit: true,
  protocol: true,
  error: true,
  state: true,
  spawn: true,
  output: true,
  row: true,
  internal: true,
};
const finalEndings: readonly Ending[] = Object.keys(FINAL)
  .map((reason) => failure(reason as keyof typeof FINAL));
const interrupted = failure("interrupted");

/** Every ending at the first, a middle and the last of three attempts, and beyond, with its verdict. */
const TABLE: readonly (readonly [ending: Ending, attempt: number, verdict: Verdict])[] = [
  ...[1, 2, 3, 4].flatMap((attempt) => [
    [success(), attempt, { status: "succeeded" }] as const,
    ...finalEndings.map((ending) => [ending, attempt, { status: "failed" }] as const),
  ]),
  [interrupted, 1, { status: "queued", nextAttempt: 2 }],
  [interrupted, 2, { status: "queued", nextAttempt: 3 }],
  [interrupted, 3, { status: "dead" }],
  [interrupted, 4, { status: "dead" }],
];

for (const [ending, attempt, verdict] of TABLE) {
  const what = ending.ok ? "a success" : `an attempt that ends with ${ending.reason}`;
  Deno.test(`${what} at attempt ${attempt} of 3 leaves the job ${verdict.status}`, () => {
    const never = { policy: undefined, capMs: Infinity, random: () => 0.5 };
    assert.deepEqual(
      conclude({ ending, job: { attempt, maxAttempts: 3 }, endedAt: 0 }, never),
      verdict,
    );
  });
}

const POLICY = { backoffBaseMs: 30_000, backoffMaxMs: 3_600_000 };
const terms = (random: number, capMs = Infinity) => ({
  policy: POLICY,
  capMs,
  random: () => random,
});
const failed = { ending: failure("exit"), endedAt: 1_000 };

Deno.test("a failed job is retried after 30 s, 1 min, 2 min ... up to an hour, and fails with its last attempt", () => {
  const waits = [1, 2, 3, 7, 8, 9].map((attempt) => {
    const verdict = conclude({ ...failed, job: { attempt, maxAttempts: 10 } }, terms(0.5));
    assert.ok(verdict.status === "queued" && verdict.nextAttempt === attempt + 1);
    return (verdict.notBefore ?? 0) - failed.endedAt;
  });
  assert.deepEqual(waits, [30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000]);
  const last = conclude({ ...failed, job: { attempt: 10, maxAttempts: 10 } }, terms(0.5));
  assert.deepEqual(last, { status: "failed" });
});

Deno.test("some failures are not retried: those that ask for it, and those that are bound to come again", () => {
  const job = { attempt: 1, maxAttempts: 4 };
  const endings: readonly Ending[] = [
    { ...failure("error"), answer: answerOf({ retry: false }) },
    { ...failure("spawn"), isFinal: true },
  ];
  for (const ending of endings) {
    assert.deepEqual(conclude({ ending, job, endedAt: 0 }, terms(0.5)), { status: "failed" });
  }
  const asked = { ...failure("error"), answer: answerOf({ retry: true }) };
  assert.equal(conclude({ ending: asked, job, endedAt: 0 }, terms(0.5)).status, "queued");
});

Deno.test("over any sequence of endings, attempts stay within max_attempts and waits within their bounds", () => {
  const reasons = fc.constantFrom<Reason>("exit", "timeout", "error", "interrupted", "spawn");
  fc.assert(
    fc.property(
      fc.array(reasons, { minLength: 12, maxLength: 12 }),
      fc.integer({ min: 1, max: 10 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.constantFrom(1_000, 45_000, Infinity),
      (endings, maxAttempts, random, capMs) => {
        let attempt = 1;
        for (const reason of endings) {
          const job = { attempt, maxAttempts };
          const verdict = conclude(
            { ending: failure(reason), job, endedAt: 0 },
            terms(random, capMs),
          );
          if (verdict.status !== "queued") {
            assert.equal(attempt, maxAttempts);
            assert.equal(verdict.status, reason === "interrupted" ? "dead" : "failed");
            return;
          }
          assert.equal(verdict.nextAttempt, attempt + 1);
          assert.ok(attempt < maxAttempts);
          attempt = verdict.nextAttempt;
          if (reason === "interrupted") {
            assert.equal(verdict.notBefore, undefined);
            continue;
          }
          const nominal = Math.min(30_000 * 2 ** (attempt - 2), 3_600_000);
          const waitMs = verdict.notBefore ?? NaN;
          assert.ok(waitMs <= Math.min(nominal * 1.1 + 1, capMs), `${waitMs}`);
          assert.ok(waitMs >= Math.min(nominal * 0.9 - 1, capMs), `${waitMs}`);
        }
        assert.fail("a job with 10 attempts ends within 12");
      },
    ),
  );
});
