import assert from "node:assert/strict";
import { conclude, type Verdict } from "../../src/core/conclude.ts";
import type { Ending, Reason } from "../../src/core/ending.ts";

const SUCCESS: Ending = {
  ok: true,
  answer: { updates: {}, events: [], logs: [], retry: undefined },
};
const FINAL: readonly Reason[] = [
  ...["timeout", "exit", "protocol", "error", "state", "spawn", "output"] as const,
];
const fail = (reason: Reason): Ending => ({ ok: false, reason, error: "" });

/** Every ending at the first, a middle and the last of three attempts, and beyond, with its verdict. */
const TABLE: readonly (readonly [ending: Ending, attempt: number, verdict: Verdict])[] = [
  ...[1, 2, 3, 4].flatMap((attempt) => [
    [SUCCESS, attempt, { status: "succeeded" }] as const,
    ...FINAL.map((reason) => [fail(reason), attempt, { status: "failed" }] as const),
  ]),
  [fail("interrupted"), 1, { status: "queued", attempt: 2 }],
  [fail("interrupted"), 2, { status: "queued", attempt: 3 }],
  [fail("interrupted"), 3, { status: "dead" }],
  [fail("interrupted"), 4, { status: "dead" }],
];

for (const [ending, attempt, verdict] of TABLE) {
  const what = ending.ok ? "a success" : `an attempt that ends with ${ending.reason}`;
  Deno.test(`${what} at attempt ${attempt} of 3 leaves the job ${verdict.status}`, () => {
    assert.deepEqual(conclude(ending, { attempt, maxAttempts: 3 }), verdict);
  });
}
