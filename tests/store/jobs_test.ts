import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DatabaseUnusable } from "../../src/sqlite/storage_error.ts";
import { attemptOf, claimJob, enqueueJob, failure } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("jobs are claimed in the order of their enqueueing", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const ids = ["a", "b", "c"].map((plugin) => enqueueJob(temp.store, { plugin }));
  assert.deepEqual(ids.map(() => jobs.claim(0)?.id), ids);
  assert.equal(jobs.claim(0), undefined);
});

Deno.test("a job that is no longer running is not settled again", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const job = claimJob(temp.store);
  assert.equal(jobs.settle(attemptOf(job), { status: "succeeded" }), true);
  const tooLate = attemptOf(job, { ending: failure("exit") });
  assert.equal(jobs.settle(tooLate, { status: "failed" }), false);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  const row = db.prepare("SELECT status, last_error FROM job_queue").get();
  assert.deepEqual({ ...row }, { status: "succeeded", last_error: null });
});

Deno.test("a job that is queued again keeps its place and takes its next attempt", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const first = claimJob(temp.store);
  enqueueJob(temp.store);
  jobs.recordPid(first.id, 4_711);
  const cutShort = attemptOf(first, { ending: failure("interrupted") });
  assert.equal(jobs.settle(cutShort, { status: "queued", nextAttempt: 2 }), true);
  const again = jobs.claim(2);
  assert.deepEqual([again?.id, again?.attempt, again?.pid], [first.id, 2, undefined]);
});

Deno.test("a job that is queued again keeps the pid of its last attempt until it is claimed", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const job = claimJob(temp.store);
  jobs.recordPid(job.id, 4_711);
  const cutShort = attemptOf(job, { ending: failure("interrupted") });
  jobs.settle(cutShort, { status: "queued", nextAttempt: 2 });
  const known = jobs.interrupted().map(({ id, attempt, pid }) => [id, attempt, pid]);
  assert.deepEqual(known, [[job.id, 2, 4_711]]);
  assert.equal(jobs.claim(0)?.pid, undefined);
  assert.deepEqual(jobs.interrupted(), []);
});

Deno.test("no job of a held-back plugin is claimed; of the others, the oldest is", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  enqueueJob(temp.store, { plugin: "held" });
  const [oldest] = [enqueueJob(temp.store), enqueueJob(temp.store)];
  assert.equal(jobs.claim(0, ["held", "other"])?.id, oldest);
  assert.equal(jobs.claim(0, ["held", "echo"]), undefined);
  assert.equal(jobs.claim(0)?.plugin, "held");
});

Deno.test("a finished job keeps no pid: another process may have it by now", () => {
  using temp = openTempStore();
  const job = claimJob(temp.store);
  temp.store.jobs.recordPid(job.id, 4_711);
  temp.store.jobs.settle(attemptOf(job), { status: "succeeded" });
  using db = new DatabaseSync(temp.path, { readOnly: true });
  assert.equal(db.prepare("SELECT pid FROM job_queue").get()?.pid, null);
});

Deno.test("a job that is no longer running gets no pid", () => {
  using temp = openTempStore();
  const job = claimJob(temp.store);
  temp.store.jobs.settle(attemptOf(job), { status: "succeeded" });
  temp.store.jobs.recordPid(job.id, 4_711);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  assert.equal(db.prepare("SELECT pid FROM job_queue").get()?.pid, null);
});

Deno.test("a job whose row number another job has by now is not settled in its place", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const job = claimJob(temp.store);
  using db = new DatabaseSync(temp.path);
  db.exec("UPDATE job_queue SET id = 'another'");
  assert.equal(jobs.settle(attemptOf(job), { status: "succeeded" }), false);
  const again = attemptOf(job, { ending: failure("interrupted") });
  assert.equal(jobs.settle(again, { status: "queued", nextAttempt: 2 }), false);
  assert.equal(db.prepare("SELECT status FROM job_queue").get()?.status, "running");
});

Deno.test("a job that waits for its next attempt is live", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const verdict = { status: "queued", nextAttempt: 2, notBefore: Date.now() + 60_000 } as const;
  assert.ok(jobs.settle(attemptOf(claimJob(temp.store)), verdict));
  assert.equal(jobs.hasLiveJob("echo"), true);
});

Deno.test("a job is live while it is queued or running, and no longer", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  enqueueJob(temp.store);
  assert.equal(jobs.hasLiveJob("echo"), true);
  const job = jobs.claim(0);
  assert.ok(job);
  assert.equal(jobs.hasLiveJob("echo"), true);
  assert.equal(jobs.hasLiveJob("other"), false);
  jobs.settle(attemptOf(job), { status: "succeeded" });
  assert.equal(jobs.hasLiveJob("echo"), false);
});

Deno.test("no job is claimed while another one of its plugin is marked as running", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const first = claimJob(temp.store);
  const second = enqueueJob(temp.store);
  assert.equal(jobs.claim(0), undefined);
  jobs.settle(attemptOf(first), { status: "succeeded" });
  assert.equal(jobs.claim(0)?.id, second);
});

Deno.test("all running jobs are found, the oldest first", () => {
  using temp = openTempStore();
  const ids = ["c", "a", "b"].map((plugin) => claimJob(temp.store, { plugin }).id);
  assert.deepEqual(temp.store.jobs.running().map(({ id }) => id), ids);
});

Deno.test("a job that waits for its next attempt is not claimed before its time", () => {
  using temp = openTempStore();
  const { jobs, waits } = temp.store;
  const attempt = attemptOf(claimJob(temp.store, { now: 0 }), { ending: failure("exit") });
  jobs.settle(attempt, { status: "queued", nextAttempt: 2, notBefore: 500 });
  waits.release(499);
  assert.equal(jobs.claim(499), undefined);
  waits.release(500);
  assert.equal(jobs.claim(500)?.attempt, 2);
});

for (
  const edit of [
    "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'job_queue'",
    "UPDATE job_queue SET seq = 9223372036854775807",
  ]
) {
  Deno.test(`after ${edit}, the queue says that its numbers are used up, not that the disk is full`, () => {
    using temp = openTempStore();
    enqueueJob(temp.store);
    using operator = new DatabaseSync(temp.path);
    operator.exec(edit);
    assert.throws(() => enqueueJob(temp.store), (error) => {
      assert.ok(error instanceof DatabaseUnusable);
      assert.match(
        error.message,
        /^Cannot continue: a row of job_queue has the largest possible number/,
      );
      return true;
    });
  });
}
