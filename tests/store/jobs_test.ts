import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Verdict } from "../../src/core/conclude.ts";
import { enqueueJob } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

const SUCCEEDED: Verdict = { status: "succeeded" };

Deno.test("jobs are claimed in the order in which they were enqueued", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const ids = ["a", "b", "c"].map((plugin) => enqueueJob(temp.store, { plugin }));
  assert.deepEqual(ids.map(() => jobs.claim(0)?.id), ids);
  assert.equal(jobs.claim(0), undefined);
});

Deno.test("a job that is not running any more is not settled again", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const id = enqueueJob(temp.store);
  jobs.claim(0);
  assert.equal(jobs.settle(id, SUCCEEDED, 1, undefined), true);
  assert.equal(jobs.settle(id, { status: "failed" }, 2, "too late"), false);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  const row = db.prepare("SELECT status, last_error FROM job_queue").get();
  assert.deepEqual({ ...row }, { status: "succeeded", last_error: null });
});

Deno.test("a job that is queued again keeps its place and takes its next attempt", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const [first = ""] = ["a", "b"].map((plugin) => enqueueJob(temp.store, { plugin }));
  jobs.claim(0);
  jobs.recordPid(first, 4_711);
  assert.equal(jobs.settle(first, { status: "queued", attempt: 2 }, 1, "cut short"), true);
  const again = jobs.claim(2);
  assert.deepEqual([again?.id, again?.attempt, again?.pid], [first, 2, undefined]);
});
