import assert from "node:assert/strict";
import { decideRun } from "../../src/core/gate.ts";

const plan = { plugin: "it", nextRunAt: 1_000, lastRunAt: 0, everyMs: 1_000, jitterMs: 0 };
const FREE = {
  plan,
  toleranceMs: 10,
  breaker: { state: "closed" } as const,
  hasLiveJob: () => false,
};

Deno.test("an entry is polled if it is due, its breaker is not open and no job of it lives", () => {
  assert.deepEqual(decideRun(FREE, 989), { run: false, because: "not due", until: 1_000 });
  assert.deepEqual(decideRun(FREE, 990), { run: true });
  assert.deepEqual(decideRun({ ...FREE, plan: undefined }, 0), { run: true });
  const open = { state: "open", until: 5_000 } as const;
  assert.deepEqual(decideRun({ ...FREE, breaker: open }, 1_000), {
    run: false,
    because: "breaker open",
    until: 5_000,
  });
  assert.deepEqual(decideRun({ ...FREE, breaker: { state: "half-open" } }, 1_000), { run: true });
  assert.deepEqual(decideRun({ ...FREE, hasLiveJob: () => true }, 1_000), {
    run: false,
    because: "live job",
  });
});
