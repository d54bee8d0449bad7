import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { attemptOf, claimJob, enqueueJob, failure } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";
import { settleJob } from "../support/dispatch.ts";

const CUTOFF = Date.parse("2026-01-01T00:00:00.000Z");
const NOW = CUTOFF + 30 * 86_400_000;

/** How many jobs and attempts there are. */
function rowsOf(path: string): readonly number[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return ["job_queue", "job_log"].map((table) =>
    Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  );
}

Deno.test("pruning deletes what ended before the cutoff, and keeps what ended at it", () => {
  using temp = openTempStore();
  const { store } = temp;
  for (const endedAt of [CUTOFF - 1, CUTOFF]) {
    settleJob(temp, attemptOf(claimJob(store), { endedAt }));
  }
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 2, more: false });
  assert.deepEqual(rowsOf(temp.path), [1, 1]);
  assert.deepEqual(store.history.prune(CUTOFF + 1, NOW), { deleted: 2, more: false });
  assert.deepEqual(rowsOf(temp.path), [0, 0]);
});

Deno.test("pruning keeps unfinished jobs, whatever their age", () => {
  using temp = openTempStore();
  const { store } = temp;
  claimJob(store, { now: 0 });
  enqueueJob(store, { now: 0 });
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 0, more: false });
  assert.deepEqual(rowsOf(temp.path), [2, 0]);
});

Deno.test("pruning works in batches, and reports that there may be more", () => {
  using temp = openTempStore();
  const { store } = temp;
  store.transaction(() => {
    for (let n = 0; n < 100; n++) enqueueJob(store, { now: 0 });
  });
  for (let job = store.jobs.claim(0); job !== undefined; job = store.jobs.claim(0)) {
    settleJob(temp, attemptOf(job, { endedAt: 0 }));
  }
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 200, more: true });
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 0, more: false });
});

Deno.test("what is dated in the future is deleted with what was written after it", () => {
  using temp = openTempStore();
  const { store } = temp;
  const future = NOW + 1_000 * 86_400_000;
  const times = [future, CUTOFF - 1, future, CUTOFF];
  const jobs = times.map((endedAt, n) =>
    attemptOf(claimJob(store, { plugin: `p${n}` }), { endedAt })
  );
  for (const attempt of jobs) settleJob(temp, attempt);
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 4, more: false });
  assert.deepEqual(rowsOf(temp.path), [2, 2]);
  assert.deepEqual(store.history.prune(CUTOFF, NOW), { deleted: 0, more: false });
  assert.deepEqual(store.history.prune(CUTOFF + 1, NOW), { deleted: 4, more: false });
});

Deno.test("setting the clock back deletes nothing that was written before", () => {
  using temp = openTempStore();
  const { store } = temp;
  for (const endedAt of [NOW, NOW + 1]) settleJob(temp, attemptOf(claimJob(store), { endedAt }));
  assert.deepEqual(store.history.prune(0, 30 * 86_400_000), { deleted: 0, more: false });
});

Deno.test("pruning keeps a job that is queued again or runs, and deletes the rows of its old attempts", () => {
  using temp = openTempStore();
  const { store } = temp;
  const [old, future, finished] = ["a", "b", "c"].map((plugin) => claimJob(store, { plugin }));
  assert.ok(old && future && finished);
  const ending = failure("interrupted");
  settleJob(temp, attemptOf(old, { ending, endedAt: CUTOFF - 1 }));
  settleJob(temp, attemptOf(future, { ending, endedAt: NOW + 1 }));
  settleJob(temp, attemptOf(finished, { endedAt: CUTOFF - 1 }));
  assert.deepEqual(rowsOf(temp.path), [3, 3]);
  assert.ok(store.jobs.claim(NOW));
  store.history.prune(CUTOFF, NOW);
  assert.deepEqual(rowsOf(temp.path), [2, 0]);
});
