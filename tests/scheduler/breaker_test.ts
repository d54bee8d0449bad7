import assert from "node:assert/strict";
import type { BreakerPolicy } from "../../src/core/breaker.ts";
import { settle } from "../../src/dispatcher/settle.ts";
import { tick } from "../../src/scheduler/tick.ts";
import type { Store } from "../../src/store/store.ts";
import { attemptOf, failure } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-01-01T00:00:00.000Z");
const TWICE: BreakerPolicy = { threshold: 2, resetAfterMs: 10 * MINUTE };

/** A plugin that is due each minute. */
const setupWith = (circuitBreaker: BreakerPolicy | undefined) =>
  setupOf(pluginSpec({ schedule: { everyMs: MINUTE, jitterMs: 0 }, circuitBreaker }));

/** Ticks each minute from `first` to `last`, counted from START; each job fails at once. Returns who ran. */
function failEachMinute(
  store: Store,
  [first, last]: readonly [number, number],
  policy: BreakerPolicy | "off" = TWICE,
): readonly number[] {
  const setup = setupWith(policy === "off" ? undefined : policy);
  const ran: number[] = [];
  for (let minute = first; minute <= last; minute++) {
    const at = START + minute * MINUTE;
    tick({ store, random: () => 0.5, log: recordingLog().log }, setup, at);
    const job = store.jobs.claim(at);
    if (job === undefined) continue;
    ran.push(minute);
    assert.ok(settle({ store }, setup, attemptOf(job, { ending: failure("exit"), endedAt: at })));
  }
  return ran;
}

Deno.test("an open breaker queues no poll, and one when reset_after is over, which begins it again", () => {
  using temp = openTempStore();
  assert.deepEqual(failEachMinute(temp.store, [0, 32]), [0, 1, 11, 21, 31]);
});

Deno.test("while a breaker is open, the next run stays in the past, and nothing is made up for", () => {
  using temp = openTempStore();
  const { store } = temp;
  failEachMinute(store, [0, 10]);
  assert.equal(store.plans.readAll().get("echo")?.nextRunAt, START + 2 * MINUTE);
  assert.deepEqual(failEachMinute(store, [11, 11]), [11]);
  assert.equal(store.plans.readAll().get("echo")?.nextRunAt, START + 12 * MINUTE);
});

Deno.test("a breaker stays open over a restart", () => {
  using temp = openTempStore();
  failEachMinute(temp.store, [0, 2]);
  temp.store.reopen();
  assert.deepEqual(failEachMinute(temp.store, [3, 12]), [11]);
});

Deno.test("a changed threshold or reset_after counts at once, and so does a breaker that is turned off", () => {
  for (
    const policy of [{ ...TWICE, threshold: 3 }, { ...TWICE, resetAfterMs: MINUTE }, "off"] as const
  ) {
    using temp = openTempStore();
    failEachMinute(temp.store, [0, 2]);
    assert.deepEqual(failEachMinute(temp.store, [3, 3], policy), [3]);
  }
  using temp = openTempStore();
  failEachMinute(temp.store, [0, 0], "off");
  assert.deepEqual(failEachMinute(temp.store, [1, 1], { ...TWICE, threshold: 1 }), []);
});

Deno.test("a failure after the time of a late tick keeps the breaker open: it is not one of the future", () => {
  using temp = openTempStore();
  const { store } = temp;
  const policy = { ...TWICE, threshold: 1 };
  const setup = setupWith(policy);
  const parts = { store, random: () => 0.5, log: recordingLog().log };
  const [late, failedAt] = [START + MINUTE, START + MINUTE + 20_000];
  assert.equal(tick(parts, setup, START).length, 1);
  const job = store.jobs.claim(START);
  assert.ok(job);
  assert.ok(
    settle({ store }, setup, attemptOf(job, { ending: failure("exit"), endedAt: failedAt })),
  );
  // Another program held its lock on the database until now.
  assert.deepEqual(tick({ ...parts, now: () => failedAt + 10_000 }, setup, late), []);
});

Deno.test("after the clock is set back, one poll tries, and its failure counts from then on", () => {
  using temp = openTempStore();
  failEachMinute(temp.store, [100, 102]);
  const ran = failEachMinute(temp.store, [0, 12]);
  assert.deepEqual(ran, [1, 11]);
});
