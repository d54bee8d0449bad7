import assert from "node:assert/strict";
import { contain } from "../../src/dispatcher/fault.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { settle } from "../../src/dispatcher/settle.ts";
import { recoverOrphans } from "../support/dispatch.ts";
import { attemptOf, claimJob, failure } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";

const HOUR = 3_600_000;

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
