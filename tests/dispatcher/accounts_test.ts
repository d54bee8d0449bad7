import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { UNTRIED } from "../../src/core/breaker.ts";
import { contain } from "../../src/dispatcher/fault.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { settle } from "../../src/dispatcher/settle.ts";
import { recoverOrphans } from "../support/dispatch.ts";
import { attemptOf, claimJob, failure, success } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";

const HOUR = 3_600_000;
const INTERRUPTED = failure("interrupted");

Deno.test("only how a job ends for good counts for its entry's health; an attempt that is tried again does not", () => {
  using temp = openTempStore();
  const { store } = temp;
  const setup = setupOf(pluginSpec({ retry: { backoffBaseMs: 0, backoffMaxMs: 0 } }));
  const first = claimJob(store, { maxAttempts: 2, now: 0 });
  const settled: unknown[] = [];
  for (const attempt of [1, 2]) {
    if (attempt > 1) store.jobs.claim(0);
    const job = { ...first, attempt };
    const verdict = settle(temp, setup, attemptOf(job, { ending: failure("exit") }))?.verdict;
    settled.push([verdict?.status, store.healths.read("echo", "poll").failures]);
    store.waits.release(0);
  }
  assert.deepEqual(settled, [["queued", 0], ["failed", 1]]);
  settle(temp, setup, attemptOf(claimJob(store)));
  assert.equal(store.healths.read("echo", "poll").failures, 0);
});

Deno.test("an interrupted attempt is no failure, but a job that is dead of it is one", () => {
  using temp = openTempStore();
  const { store } = temp;
  const job = claimJob(store, { maxAttempts: 2 });
  const ended = (attempt: number) => {
    settle(temp, setupOf(pluginSpec()), attemptOf({ ...job, attempt }, { ending: INTERRUPTED }));
    return store.healths.read("echo", "poll").failures;
  };
  assert.equal(ended(1), 0);
  store.jobs.claim(0);
  assert.equal(ended(2), 1);
});

Deno.test("a job of an entry that is gone counts for no health", () => {
  using temp = openTempStore();
  const settled = settle(
    temp,
    setupOf(),
    attemptOf(claimJob(temp.store), { ending: failure("exit") }),
  );
  assert.deepEqual([settled?.verdict.status, settled?.health], ["failed", undefined]);
  assert.deepEqual(temp.store.healths.read("echo", "poll"), UNTRIED);
});

Deno.test("every attempt counts once in the totals, which outlive history and a restart", () => {
  using temp = openTempStore();
  const { store } = temp;
  const retry = { backoffBaseMs: 0, backoffMaxMs: 0 };
  const setup = setupOf(pluginSpec({ retry }));
  const jobs = [[success()], [failure("exit"), failure("exit")], [INTERRUPTED, INTERRUPTED]];
  for (const endings of jobs) {
    const job = claimJob(store, { maxAttempts: 2, now: 0 });
    for (const [n, ending] of endings.entries()) {
      store.waits.release(0);
      if (n > 0) store.jobs.claim(0);
      settle(temp, setup, attemptOf({ ...job, attempt: n + 1 }, { ending, endedAt: 0 }));
    }
  }
  const counted = [["dead", 1], ["failed", 1], ["retried", 2], ["succeeded", 1]];
  const read = () => {
    using db = new DatabaseSync(temp.path, { readOnly: true });
    return db.prepare("SELECT outcome, attempts FROM totals ORDER BY outcome").all()
      .map((row) => Object.values(row));
  };
  assert.deepEqual(read(), counted);
  const { deleted } = store.transaction(() => store.history.prune(HOUR, HOUR));
  assert.equal(deleted, 8, "three jobs and five attempts");
  store.reopen();
  assert.deepEqual(read(), counted);
});

Deno.test("a retry leaves the plugin's next run where it is", () => {
  using temp = openTempStore();
  const { store } = temp;
  const plugin = pluginSpec({ retry: { backoffBaseMs: 1_000, backoffMaxMs: 1_000 } });
  store.plans.write({ plugin: "echo", nextRunAt: 5 * HOUR, lastRunAt: 0, ...plugin.schedule });
  const before = store.plans.readAll().get("echo");
  const attempt = attemptOf(claimJob(store), { ending: failure("exit") });
  assert.equal(settle(temp, setupOf(plugin), attempt)?.verdict.status, "queued");
  assert.deepEqual(store.plans.readAll().get("echo"), before);
});

Deno.test("a poll that is tried again waits for its interval at most", () => {
  using temp = openTempStore();
  const schedule = { everyMs: HOUR, jitterMs: 0 };
  const retry = { backoffBaseMs: 10 * HOUR, backoffMaxMs: 10 * HOUR };
  const attempt = attemptOf(claimJob(temp.store), { ending: failure("exit") });
  const settled = settle(temp, setupOf(pluginSpec({ schedule, retry })), attempt);
  const notBefore = attempt.endedAt + HOUR;
  assert.deepEqual(settled?.verdict, { status: "queued", nextAttempt: 2, notBefore });
});

Deno.test("whatever settles a job says that the breaker opens: recovery, and a fault of the gateway, too", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const circuitBreaker = { threshold: 1, resetAfterMs: HOUR };
  const names = ["orphan", "faulty"];
  const setup = setupOf(...names.map((name) => pluginSpec({ name, circuitBreaker })));
  const { log, lines } = recordingLog();
  const common = { store, now: Date.now, log, stop: new AbortController().signal };
  const claimed = names.map((plugin) => claimJob(store, { plugin, maxAttempts: 1 }));
  const [, faulty] = claimed;
  assert.ok(faulty);
  await contain(common, setup, faulty, new Error("a bug"), common.stop);
  const endAll = () => Promise.resolve(new Map());
  await recoverOrphans({ ...common, setup, holds: createHolds(log), endAll });
  const opened = lines.filter(({ message }) => message.startsWith("Circuit breaker opened"));
  assert.deepEqual(opened.map(({ fields }) => fields.plugin), ["faulty", "orphan"]);
});
