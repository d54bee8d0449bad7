import fc from "fast-check";
import assert from "node:assert/strict";
import { dueToleranceMs, isDue, nextRun, type Plan, revise } from "../../src/core/schedule.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE = 60_000;
const SCHEDULE = { everyMs: 5 * MINUTE, jitterMs: MINUTE };
const PLAN: Plan = {
  plugin: "echo",
  lastRunAt: START,
  nextRunAt: START + 5 * MINUTE,
  ...SCHEDULE,
};
const inTheMiddle = () => 0.5;

Deno.test("a drawn run is within every plus or minus half the jitter", () => {
  fc.assert(fc.property(
    fc.integer({ min: 100, max: 86_400_000 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (everyMs, share, random) => {
      const jitterMs = Math.floor(everyMs * share);
      const next = nextRun({ everyMs, jitterMs }, START, () => random);
      assert.ok(Math.abs(next - START - everyMs) <= jitterMs / 2 + 1);
    },
  ));
});

Deno.test("the mean of many draws is the interval", () => {
  const draws = 10_000;
  const schedule = { everyMs: 300_000, jitterMs: 60_000 };
  let sum = 0;
  for (let n = 0; n < draws; n++) sum += nextRun(schedule, 0, () => (n + 0.5) / draws);
  assert.ok(Math.abs(sum / draws - 300_000) < 1);
});

Deno.test("a plan that neither config nor clock has made stale stays the same object", () => {
  const plugin = { name: "echo", schedule: SCHEDULE };
  const revision = revise(PLAN, plugin, START + MINUTE, inTheMiddle);
  assert.equal(revision.plan, PLAN);
  assert.equal(revision.because, undefined);
});

Deno.test("a changed interval or jitter is drawn again from the last run", () => {
  for (const schedule of [{ ...SCHEDULE, everyMs: MINUTE }, { ...SCHEDULE, jitterMs: 0 }]) {
    const { plan, because } = revise(
      PLAN,
      { name: "echo", schedule },
      START + MINUTE,
      inTheMiddle,
    );
    assert.deepEqual(plan, { ...PLAN, ...schedule, nextRunAt: START + schedule.everyMs });
    assert.equal(because, "schedule changed");
  }
});

Deno.test("a next run further off than any draw from now is drawn from now, and the last run becomes now", () => {
  const plugin = { name: "echo", schedule: SCHEDULE };
  const now = START - 86_400_000;
  const { plan, because } = revise(PLAN, plugin, now, inTheMiddle);
  assert.deepEqual(plan, { ...PLAN, lastRunAt: now, nextRunAt: now + SCHEDULE.everyMs });
  assert.equal(because, "clock moved back");
  const atTheEdge = PLAN.nextRunAt - SCHEDULE.everyMs - SCHEDULE.jitterMs / 2;
  assert.equal(revise(PLAN, plugin, atTheEdge, inTheMiddle).because, undefined);
  assert.equal(revise(PLAN, plugin, atTheEdge - 1, inTheMiddle).because, "clock moved back");
});

Deno.test("a plan that cannot be read is drawn from now", () => {
  const plugin = { name: "echo", schedule: SCHEDULE };
  const broken = { ...PLAN, nextRunAt: NaN, everyMs: NaN, unreadable: "its row holds garbage" };
  const { plan, because } = revise(broken, plugin, START, inTheMiddle);
  assert.deepEqual(plan, { ...PLAN, lastRunAt: START, nextRunAt: START + SCHEDULE.everyMs });
  assert.equal(because, "unreadable");
});

Deno.test("a plugin is due from its next run minus the tolerance, and at once if it has no plan", () => {
  assert.equal(isDue(undefined, START, 600), true);
  assert.equal(isDue(PLAN, PLAN.nextRunAt - 601, 600), false);
  assert.equal(isDue(PLAN, PLAN.nextRunAt - 600, 600), true);
});

Deno.test("the tolerance is a hundredth of the tick interval, at most a second", () => {
  assert.deepEqual([100, 60_000, 86_400_000].map(dueToleranceMs), [1, 600, 1_000]);
});

Deno.test("a clock that moves back does not move a last run that is earlier", () => {
  const plugin = { name: "echo", schedule: SCHEDULE };
  const early = { ...PLAN, lastRunAt: START - 86_400_000, nextRunAt: START + 86_400_000 };
  const { plan } = revise(early, plugin, START, inTheMiddle);
  assert.equal(plan.lastRunAt, early.lastRunAt);
});

Deno.test("a next run is rounded to the nearest millisecond", () => {
  assert.equal(nextRun({ everyMs: 100, jitterMs: 1 }, 0, () => 0.9), 100);
  assert.equal(nextRun({ everyMs: 101, jitterMs: 3 }, 0, () => 0.9), 102);
  assert.equal(nextRun({ everyMs: 100, jitterMs: 2 }, 0, () => 0.9), 101);
});
