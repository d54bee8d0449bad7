import assert from "node:assert/strict";
import { conclude, type Verdict } from "../../src/core/conclude.ts";
import type { Ending, Reason } from "../../src/core/ending.ts";
import { failure, success } from "../support/jobs.ts";

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
    assert.deepEqual(conclude(ending, { attempt, maxAttempts: 3 }), verdict);
  });
}
