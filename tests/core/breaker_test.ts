import fc from "fast-check";
import assert from "node:assert/strict";
import { afterJob, breakerAt, type Health, UNTRIED } from "../../src/core/breaker.ts";

const POLICY = { threshold: 3, resetAfterMs: 1_000 };
const failing = (times: number, at = 0): Health =>
  Array.from({ length: times }).reduce<Health>((health) => afterJob(health, false, at), UNTRIED);

Deno.test("the health of an entry is how many jobs failed in a row, since when, and the last of each", () => {
  const ends: readonly [hasSucceeded: boolean, at: number][] = [
    [true, 1],
    [false, 2],
    [false, 3],
  ];
  const health = ends.reduce((before, [ok, at]) => afterJob(before, ok, at), UNTRIED);
  assert.deepEqual(health, { failures: 2, failingSince: 2, lastSuccessAt: 1, lastFailureAt: 3 });
  assert.deepEqual(afterJob(health, true, 4), {
    failures: 0,
    failingSince: undefined,
    lastSuccessAt: 4,
    lastFailureAt: 3,
  });
});

Deno.test("a breaker opens with the threshold, and lets one job try once reset_after is over", () => {
  assert.deepEqual(breakerAt(failing(2), POLICY, 0), { state: "closed" });
  assert.deepEqual(breakerAt(failing(3), POLICY, 0), { state: "open", until: 1_000 });
  assert.deepEqual(breakerAt(failing(3), POLICY, 999), { state: "open", until: 1_000 });
  assert.deepEqual(breakerAt(failing(3), POLICY, 1_000), { state: "half-open" });
  assert.deepEqual(breakerAt(failing(9), undefined, 0), { state: "closed" });
  assert.deepEqual(
    breakerAt(failing(3, 500), POLICY, 499),
    { state: "half-open" },
    "clock set back",
  );
});

Deno.test("with the breaker open, at most one job ends per reset_after", () => {
  const step = fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), ok: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      let [health, now, lastProbeAt] = [UNTRIED, 0, -Infinity];
      for (const { waitMs, ok } of steps) {
        now += waitMs;
        const breaker = breakerAt(health, POLICY, now);
        if (breaker.state === "open") continue;
        if (breaker.state === "half-open") {
          assert.ok(now - lastProbeAt >= POLICY.resetAfterMs);
          lastProbeAt = now;
        }
        health = afterJob(health, ok, now);
        if (ok) lastProbeAt = -Infinity;
      }
    }),
  );
});
