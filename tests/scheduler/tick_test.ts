import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Schedule } from "../../src/core/schedule.ts";
import { tick } from "../../src/scheduler/tick.ts";
import type { Store } from "../../src/store/store.ts";
import { attemptOf, failure, success } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";
import { settleJob } from "../support/dispatch.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-01-01T00:00:00.000Z");

function schedulerOf(
  store: Store,
  schedule: Partial<Schedule> = {},
  random = () => 0.5,
) {
  const { log, lines } = recordingLog();
  const setup = setupOf(
    pluginSpec({ schedule: { everyMs: 5 * MINUTE, jitterMs: 0, ...schedule } }),
  );
  const scheduler = {
    tick: (at: number) => tick({ store, random, log }, setup, at),
    nextRun: () => store.plans.readAll().get("echo")?.nextRunAt,
  };
  return { scheduler, lines };
}

/** Claims and settles the one queued job. */
function finishJob(store: Store, now: number, ending = success()): void {
  const job = store.jobs.claim(now);
  assert.ok(job);
  assert.ok(settleJob({ store }, attemptOf(job, { ending })));
}

/** The ticks, counted from `from`, that enqueue a job; each job ends at once. */
function runTicks(
  store: Store,
  tick: (at: number) => readonly string[],
  from: number,
  count: number,
) {
  const ran: number[] = [];
  for (let n = 0; n < count; n++) {
    if (tick(from + n * MINUTE).length === 0) continue;
    ran.push(n);
    finishJob(store, from + n * MINUTE);
  }
  return ran;
}

Deno.test("every 5m without jitter on a 60s tick runs at exactly each fifth tick", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  assert.deepEqual(runTicks(temp.store, scheduler.tick, START, 21), [0, 5, 10, 15, 20]);
});

Deno.test("a clock that slews by a few milliseconds does not cost a tick", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START);
  assert.equal(scheduler.tick(START + 5 * MINUTE - 600).length, 1);
});

Deno.test("a plugin is not due before its time minus the tolerance", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START);
  assert.equal(scheduler.tick(START + 5 * MINUTE - 601).length, 0);
});

Deno.test("nothing is enqueued while a job is queued or running; it is due at the next tick", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store, { everyMs: MINUTE });
  assert.equal(scheduler.tick(START).length, 1);
  assert.equal(scheduler.tick(START + MINUTE).length, 0);
  const job = temp.store.jobs.claim(START + MINUTE);
  assert.ok(job);
  assert.equal(scheduler.tick(START + 2 * MINUTE).length, 0);
  assert.ok(settleJob(temp, attemptOf(job, { ending: failure("exit") })));
  assert.equal(scheduler.tick(START + 3 * MINUTE).length, 1);
});

Deno.test("a failed run waits its full interval", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START, failure("exit"));
  assert.equal(scheduler.tick(START + 4 * MINUTE).length, 0);
  assert.equal(scheduler.tick(START + 5 * MINUTE).length, 1);
});

Deno.test("after downtime a plugin runs once, not once per missed run", () => {
  using temp = openTempStore();
  schedulerOf(temp.store).scheduler.tick(START);
  finishJob(temp.store, START);
  const { scheduler } = schedulerOf(temp.store);
  assert.deepEqual(runTicks(temp.store, scheduler.tick, START + 86_400_000, 6), [0, 5]);
});

Deno.test("a restart keeps the drawn next run", () => {
  using temp = openTempStore();
  const before = schedulerOf(temp.store, { jitterMs: MINUTE }, () => 0.9);
  before.scheduler.tick(START);
  const drawn = before.scheduler.nextRun();
  const after = schedulerOf(temp.store, { jitterMs: MINUTE }, () => 0.1);
  finishJob(temp.store, START);
  after.scheduler.tick(START + MINUTE);
  assert.equal(after.scheduler.nextRun(), drawn);
});

Deno.test("a changed interval is drawn again from the last run", () => {
  using temp = openTempStore();
  schedulerOf(temp.store, { everyMs: 60 * MINUTE }).scheduler.tick(START);
  finishJob(temp.store, START);
  const { scheduler } = schedulerOf(temp.store, { everyMs: 2 * MINUTE });
  assert.equal(scheduler.tick(START + MINUTE).length, 0);
  assert.equal(scheduler.nextRun(), START + 2 * MINUTE);
});

Deno.test("an operator's change of a next run takes effect at the next tick", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START);
  assert.equal(scheduler.tick(START + MINUTE).length, 0);
  using operator = new DatabaseSync(temp.path);
  const at = new Date(START + 2 * MINUTE).toISOString();
  operator.prepare("UPDATE schedule SET next_run_at = ?").run(at);
  assert.equal(scheduler.tick(START + 2 * MINUTE).length, 1);
});

Deno.test("a schedule row that cannot be read is drawn again, with a warning", () => {
  using temp = openTempStore();
  const { scheduler, lines } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START);
  using operator = new DatabaseSync(temp.path);
  operator.exec("UPDATE schedule SET next_run_at = 'tomorrow'");
  assert.equal(scheduler.tick(START + MINUTE).length, 0);
  assert.equal(scheduler.nextRun(), START + 6 * MINUTE);
  const warnings = lines.filter(({ level }) => level === "warn");
  assert.deepEqual(warnings.map(({ message, fields }) => [message, fields.error]), [[
    "Schedule row cannot be read, next run rescheduled",
    'its row in schedule cannot be read: column next_run_at holds "tomorrow", ' +
    "expected a time such as 2026-01-31T12:00:00.000Z",
  ]]);
  assert.equal(scheduler.tick(START + 6 * MINUTE).length, 1);
});

Deno.test("if the clock moves back a day, the next run is drawn from now, with a warning", () => {
  using temp = openTempStore();
  const { scheduler, lines } = schedulerOf(temp.store);
  scheduler.tick(START);
  finishJob(temp.store, START);
  const movedBack = START - 86_400_000;
  assert.equal(scheduler.tick(movedBack).length, 0);
  assert.equal(scheduler.nextRun(), movedBack + 5 * MINUTE);
  const warnings = lines.filter(({ level }) => level === "warn");
  assert.deepEqual(warnings.map(({ message }) => message), [
    "Clock moved back, next run rescheduled",
  ]);
  assert.equal(scheduler.tick(movedBack + 5 * MINUTE).length, 1);
});

Deno.test("a shortened interval takes effect at the same tick", () => {
  using temp = openTempStore();
  schedulerOf(temp.store, { everyMs: 60 * MINUTE }).scheduler.tick(START);
  finishJob(temp.store, START);
  const { scheduler } = schedulerOf(temp.store, { everyMs: 2 * MINUTE });
  assert.equal(scheduler.tick(START + 10 * MINUTE).length, 1);
});

Deno.test("a tick enqueues each of 450 due plugins once, 200 in a transaction", () => {
  using temp = openTempStore();
  const names = Array.from({ length: 450 }, (_, n) => `p${n}`);
  const setup = setupOf(...names.map((name) => pluginSpec({ name, maxAttempts: 7 })));
  const { log } = recordingLog();
  let transactions = 0;
  const onCheckpoint = () => transactions++;
  const parts = { store: temp.store, random: () => 0.5, log, onCheckpoint };
  assert.equal(tick(parts, setup, START).length, 450);
  assert.equal(transactions, 3);
  assert.equal(tick(parts, setup, START).length, 0);
  assert.equal(transactions, 3);
  const claimed = names.map(() => temp.store.jobs.claim(START));
  assert.deepEqual(claimed.map((job) => job?.plugin), names);
  assert.equal(claimed[0]?.maxAttempts, 7);
});

Deno.test("changed intervals of many plugins are stored in few transactions", () => {
  using temp = openTempStore();
  let transactions = 0;
  const store: Store = {
    ...temp.store,
    transaction(work) {
      transactions++;
      return temp.store.transaction(work);
    },
  };
  const specs = (everyMs: number) =>
    Array.from(
      { length: 1_000 },
      (_, n) => pluginSpec({ name: `p${n}`, schedule: { everyMs, jitterMs: 0 } }),
    );
  const parts = { store, random: () => 0.5, log: recordingLog().log };
  tick(parts, setupOf(...specs(5 * MINUTE)), START);
  assert.equal(transactions, 5);
  tick(parts, setupOf(...specs(10 * MINUTE)), START + MINUTE);
  assert.equal(transactions, 10);
  tick(parts, setupOf(...specs(10 * MINUTE)), START + 2 * MINUTE);
  assert.equal(transactions, 10);
});

Deno.test("a job's due time is the planned one, however late its tick; of a new plugin, the tick's", () => {
  using temp = openTempStore();
  const { scheduler } = schedulerOf(temp.store);
  for (const [at, dueAt] of [[START, START], [START + 7 * MINUTE, START + 5 * MINUTE]] as const) {
    scheduler.tick(at);
    const job = temp.store.jobs.claim(at);
    assert.ok(job);
    assert.equal(job.dueAt, dueAt);
    settleJob(temp, attemptOf(job));
  }
});
