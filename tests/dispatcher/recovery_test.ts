import assert from "node:assert/strict";
import { recoverOrphans } from "../support/dispatch.ts";
import { setupOf } from "../support/setup.ts";
import { DatabaseSync } from "node:sqlite";
import { createHolds } from "../../src/dispatcher/holds.ts";
import type { Owner } from "../../src/process/belonging.ts";
import type { Swept } from "../../src/process/sweep.ts";
import { claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";

const NOW = Date.parse("2026-01-01T00:01:00.000Z");
const CLAIMED = NOW - 5_000;

function enqueue({ store }: ReturnType<typeof openTempStore>, maxAttempts = 4): string {
  return enqueueJob(store, { maxAttempts, now: CLAIMED });
}

/** Recovers, with a fake in place of the killing of processes. */
async function recover(
  { store }: ReturnType<typeof openTempStore>,
  outcome: Swept["outcome"] = "none",
  { meanwhile = () => {}, stop = new AbortController().signal, now = NOW } = {},
) {
  const { log, lines } = recordingLog();
  const asked: Owner[] = [];
  const endAll = (owners: readonly Owner[]) => {
    asked.push(...owners);
    meanwhile();
    return Promise.resolve(new Map(owners.map(({ mark }) => [mark, { outcome, left: [] }])));
  };
  await recoverOrphans({
    store,
    setup: setupOf(),
    now: () => now,
    log,
    stop,
    holds: createHolds(log),
    endAll,
  });
  return { lines, asked };
}

Deno.test("an orphan returns to its old place in the queue, with its next attempt", async () => {
  using temp = openTempStore();
  const first = enqueue(temp);
  enqueue(temp);
  temp.store.jobs.claim(CLAIMED);
  temp.store.jobs.recordPid(first, 4_711);
  const { lines, asked } = await recover(temp, "ended");
  assert.deepEqual(asked.map(({ mark, session }) => [mark, session]), [[first, 4_711]]);
  const again = temp.store.jobs.claim(NOW);
  assert.deepEqual([again?.id, again?.attempt], [first, 2]);
  assert.deepEqual(lines.map(({ level, message, fields }) => [level, message, fields]), [[
    "warn",
    "Orphaned job recovered",
    {
      plugin: "echo",
      job_id: first,
      status: "queued",
      reason: "interrupted",
      attempt: 1,
      max_attempts: 4,
      pid: 4_711,
      leftover_processes: "killed",
    },
  ]]);
});

Deno.test("an orphan without an attempt left is dead", async () => {
  using temp = openTempStore();
  enqueue(temp, 1);
  temp.store.jobs.claim(CLAIMED);
  const { lines } = await recover(temp);
  assert.equal(lines[0]?.fields.status, "dead");
  assert.equal(temp.store.jobs.claim(NOW), undefined);
  assert.equal(temp.store.jobs.hasLiveJob("echo"), false);
});

Deno.test("if the processes cannot be listed, the log says so", async () => {
  using temp = openTempStore();
  enqueue(temp);
  temp.store.jobs.claim(CLAIMED);
  const { lines } = await recover(temp, "unknown");
  assert.equal(
    lines[0]?.fields.leftover_processes,
    "unknown: the processes cannot be listed",
  );
});

Deno.test("queued and finished jobs stay as they are", async () => {
  using temp = openTempStore();
  enqueue(temp);
  const { lines, asked } = await recover(temp);
  assert.deepEqual({ lines, asked }, { lines: [], asked: [] });
  assert.equal(temp.store.jobs.claim(NOW)?.attempt, 1);
});

Deno.test("an orphan that is taken away meanwhile is logged as lost, not as recovered", async () => {
  using temp = openTempStore();
  enqueue(temp);
  temp.store.jobs.claim(CLAIMED);
  using other = new DatabaseSync(temp.path);
  const meanwhile = () => other.exec("UPDATE job_queue SET status = 'failed'");
  const { lines } = await recover(temp, "none", { meanwhile });
  assert.deepEqual(lines.map(({ level, message }) => [level, message]), [
    ["error", "Job is no longer running, result discarded"],
  ]);
});

Deno.test("a stop ends the wait for storage and leaves the orphans to the next start", async () => {
  using temp = openTempStore();
  for (const plugin of ["a", "b"]) claimJob(temp.store, { plugin, now: CLAIMED });
  using other = new DatabaseSync(temp.path);
  const stop = new AbortController();
  const meanwhile = () => {
    other.exec("BEGIN IMMEDIATE");
    setTimeout(() => stop.abort());
  };
  const { lines } = await recover(temp, "none", { meanwhile, stop: stop.signal });
  assert.deepEqual(lines.map(({ message }) => message), [
    "Storage failed, trying again",
    "Storage failed, giving up: the gateway is stopping",
  ]);
  other.exec("ROLLBACK");
  assert.equal(temp.store.jobs.running().length, 2);
});

Deno.test("an orphan's duration ends at its recovery if it still ran, else at the last sign of life, and is never negative", async () => {
  const seen = CLAIMED + 2_000;
  const cases = [
    ["ended", NOW, seen, 5_000],
    ["none", NOW, seen, 2_000],
    ["none", NOW, undefined, 5_000],
    ["none", NOW, CLAIMED - 500, 0],
    ["none", CLAIMED - 1_000, seen, 0],
  ] as const;
  for (const [outcome, now, tickAt, durationMs] of cases) {
    using temp = openTempStore();
    enqueue(temp);
    temp.store.jobs.claim(CLAIMED);
    if (tickAt !== undefined) {
      const life = { pid: 1, startedAt: 0, tickAt, boot: undefined };
      temp.store.heartbeats.beat(life, { settings: "{}", droppedLines: 0 });
    }
    await recover(temp, outcome, { now });
    using db = new DatabaseSync(temp.path, { readOnly: true });
    const row = db.prepare("SELECT duration_ms, stdout FROM job_log").get();
    assert.deepEqual({ ...row }, { duration_ms: durationMs, stdout: null });
  }
});
