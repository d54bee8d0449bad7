import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { claimNext, type DispatchParts } from "../../src/dispatcher/dispatch.ts";
import { lookAfter } from "../../src/dispatcher/recovery.ts";
import type { Setup } from "../../src/plugin/setup.ts";
import { attemptOf, claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";

/** Two plugins of a pool with one place, and one of none, in as many lanes as given. */
function setupWith(total: number): Setup {
  const pool = "nas";
  const setup = setupOf(...["a", "b"].map((name) => pluginSpec({ name, pool })), pluginSpec());
  return { ...setup, config: { ...setup.config, lanes: { total, pools: new Map([[pool, 1]]) } } };
}

async function claimAll(parts: DispatchParts, setup: Setup): Promise<readonly string[]> {
  const names: string[] = [];
  for (;;) {
    const claimed = await claimNext(parts, setup);
    if (claimed.kind !== "job") return names;
    names.push(claimed.job.plugin);
  }
}

Deno.test("a claim passes over the jobs of a full pool and of a busy plugin", async () => {
  using temp = openTempStore();
  for (const plugin of ["a", "a", "b", "echo", "echo"]) enqueueJob(temp.store, { plugin });
  const parts = dispatchParts(temp.store, recordingLog().log);
  assert.deepEqual(await claimAll(parts, setupWith(9)), ["a", "echo"]);
  parts.running.clear();
  for (const job of temp.store.jobs.running()) {
    assert.ok(temp.store.jobs.settle(attemptOf(job), { status: "succeeded" }));
  }
  assert.deepEqual(await claimAll(parts, setupWith(9)), ["a", "echo"]);
});

Deno.test("no more jobs are claimed than there are lanes", async () => {
  using temp = openTempStore();
  for (const plugin of ["a", "echo"]) enqueueJob(temp.store, { plugin });
  const parts = dispatchParts(temp.store, recordingLog().log);
  assert.deepEqual(await claimAll(parts, setupWith(1)), ["a"]);
});

Deno.test("a job whose wait is over is claimed, and until then the claim says when that is", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const verdict = { status: "queued", nextAttempt: 2, notBefore: 5_000 } as const;
  const job = claimJob(store, { now: 1_000 });
  assert.ok(store.jobs.settle(attemptOf(job, { endedAt: 1_000 }), verdict));
  let now = 4_999;
  const parts = { ...dispatchParts(store, recordingLog().log), now: () => now };
  assert.deepEqual(await claimNext(parts, setupWith(1)), { kind: "none", until: 5_000 });
  now = 5_000;
  assert.deepEqual(await claimAll(parts, setupWith(1)), ["echo"]);
});

Deno.test("each look after the plugins mends waits that begin in the future, and the heads of the queue", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const verdict = { status: "queued", nextAttempt: 2, notBefore: 1_030_000 } as const;
  const job = claimJob(store, { now: 1_000_000 });
  assert.ok(store.jobs.settle(attemptOf(job, { endedAt: 1_000_000 }), verdict));
  const other = enqueueJob(store, { plugin: "a" });
  using operator = new DatabaseSync(temp.path);
  operator.exec("UPDATE queue_head SET seq = 99");
  const parts = { ...dispatchParts(store, recordingLog().log), now: () => 1_000 };
  assert.deepEqual(await claimAll(parts, setupWith(2)), []);
  await lookAfter({ ...parts, setup: setupWith(2) }, new Set());
  assert.equal(store.waits.release(1_000), 31_000);
  assert.deepEqual((await claimNext(parts, setupWith(2))).kind, "job");
  assert.deepEqual(store.jobs.running().map(({ id }) => id), [other]);
});
