import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { attemptOf, claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

/** A job of this plugin that failed at `endedAt` and waits until `notBefore`. */
function retryOf(
  { store }: ReturnType<typeof openTempStore>,
  plugin: string,
  endedAt: number,
  notBefore: number,
): string {
  const job = claimJob(store, { plugin, now: endedAt });
  const verdict = { status: "queued", nextAttempt: 2, notBefore } as const;
  assert.ok(store.jobs.settle(attemptOf(job, { endedAt }), verdict));
  return job.id;
}

Deno.test("a job that waits is not claimed before its time, and delays no later one", () => {
  using temp = openTempStore();
  const { store } = temp;
  const waiting = retryOf(temp, "echo", 1_000, 5_000);
  const later = enqueueJob(store, { plugin: "echo" });
  assert.equal(store.waits.release(4_999), 5_000);
  const next = store.jobs.claim(4_999);
  assert.equal(next?.id, later);
  assert.ok(next && store.jobs.settle(attemptOf(next), { status: "succeeded" }));
  assert.equal(store.waits.release(5_000), undefined);
  const again = store.jobs.claim(5_000);
  assert.deepEqual([again?.id, again?.attempt], [waiting, 2]);
});

Deno.test("a restart keeps the wait", () => {
  using temp = openTempStore();
  retryOf(temp, "echo", 1_000, 5_000);
  temp.store.reopen();
  assert.equal(temp.store.waits.release(4_999), 5_000);
  assert.equal(temp.store.jobs.claim(4_999), undefined);
});

Deno.test("a clock that is set back makes no wait longer than it was meant to be", () => {
  using temp = openTempStore();
  retryOf(temp, "a", 1_000_000, 1_030_000);
  retryOf(temp, "b", 500, 60_000);
  assert.equal(temp.store.waits.restart(1_000), 1);
  assert.equal(temp.store.waits.release(1_000), 31_000, "30 s from now");
  assert.equal(temp.store.waits.restart(1_000), 0);
});

Deno.test("a job that another program replaces or deletes stops no plugin", () => {
  using temp = openTempStore();
  const { store } = temp;
  using other = new DatabaseSync(temp.path);
  const [first = "", second] = [1, 2].map(() => enqueueJob(store, { plugin: "a" }));
  other.exec(`INSERT OR REPLACE INTO job_queue
    (seq, id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at)
    SELECT seq, id, 'b', command, payload, status, attempt, max_attempts, submitted_by, created_at
    FROM job_queue WHERE id = '${first}'`);
  store.waits.repairHeads();
  assert.deepEqual([store.jobs.claim(0)?.id, store.jobs.claim(0)?.id], [first, second]);
});

Deno.test("whatever a person does to queue_head, each plugin's oldest job is claimed, and one of each", () => {
  const edits = [
    "DELETE FROM queue_head",
    "UPDATE queue_head SET plugin = 'x' WHERE plugin = 'a'",
    "UPDATE OR REPLACE queue_head SET plugin = 'b' WHERE plugin = 'a'",
    "INSERT OR REPLACE INTO queue_head VALUES ('a', 99)",
    "UPDATE queue_head SET seq = 0",
    "UPDATE queue_head SET seq = (SELECT seq FROM queue_head WHERE plugin = 'b')",
  ];
  for (const edit of edits) {
    using temp = openTempStore();
    const { store } = temp;
    const names = ["a", "a", "b", "b"];
    const ids = names.map((plugin) => enqueueJob(store, { plugin }));
    using other = new DatabaseSync(temp.path);
    other.exec(edit);
    const early = [store.jobs.claim(0), store.jobs.claim(0)];
    store.waits.repairHeads();
    const all = [...early, store.jobs.claim(0), store.jobs.claim(0)].flatMap((job) =>
      job?.id ?? []
    );
    assert.deepEqual(all.sort(), [ids[0], ids[2]].sort(), edit);
  }
});

Deno.test("no job is claimed by way of another plugin's head, and none that still waits", () => {
  using temp = openTempStore();
  const { store } = temp;
  const [first, second] = ["a", "a"].map((plugin) => enqueueJob(store, { plugin }));
  assert.equal(store.jobs.claim(0)?.id, first);
  using other = new DatabaseSync(temp.path);
  const seq = `(SELECT seq FROM job_queue WHERE id = '${second}')`;
  other.exec(`INSERT INTO queue_head VALUES ('b', ${seq})`);
  assert.equal(store.jobs.claim(0), undefined, "a plugin that runs already");
  other.exec(`UPDATE job_queue SET status = 'succeeded' WHERE id = '${first}';
    UPDATE job_queue SET not_before = '2099-01-01T00:00:00.000Z' WHERE id = '${second}';
    INSERT OR REPLACE INTO queue_head VALUES ('a', ${seq})`);
  assert.equal(store.jobs.claim(0), undefined, "a job that waits");
});
