import assert from "node:assert/strict";
import { UNTRIED } from "../../src/core/breaker.ts";
import { decideRun } from "../../src/core/gate.ts";

const plan = { plugin: "it", nextRunAt: 1_000, lastRunAt: 0, everyMs: 1_000, jitterMs: 0 };
const FREE = {
  plan,
  toleranceMs: 10,
  health: UNTRIED,
  circuitBreaker: { threshold: 2, resetAfterMs: 4_500 },
  hasLiveJob: () => false,
};

Deno.test("an entry is polled if it is due, its breaker is not open and no job of it lives", () => {
  assert.deepEqual(decideRun(FREE, 989), { run: false, because: "not due", until: 1_000 });
  assert.deepEqual(decideRun(FREE, 990), { run: true });
  assert.deepEqual(decideRun({ ...FREE, plan: undefined }, 0), { run: true });
  const broken = { ...FREE, health: { ...UNTRIED, failures: 2, lastFailureAt: 500 } };
  assert.deepEqual(decideRun(broken, 1_000), { run: false, because: "breaker open", until: 5_000 });
  assert.deepEqual(decideRun(broken, 5_000), { run: true });
  assert.deepEqual(decideRun({ ...broken, circuitBreaker: undefined }, 1_000), { run: true });
  assert.deepEqual(decideRun({ ...FREE, hasLiveJob: () => true }, 1_000), {
    run: false,
    because: "live job",
  });
});
