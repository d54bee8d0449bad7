import assert from "node:assert/strict";
import { recoverOrphans } from "../../src/dispatcher/recovery.ts";
import type { Leftovers, Orphan } from "../../src/process/group.ts";
import { enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";

const NOW = Date.parse("2026-01-01T00:01:00.000Z");
const CLAIMED = NOW - 5_000;

function enqueue({ store }: ReturnType<typeof openTempStore>, maxAttempts = 4): string {
  return enqueueJob(store, { maxAttempts, now: CLAIMED });
}

/** Recovers with a stand-in for the killing of processes. */
async function recover(
  { store }: ReturnType<typeof openTempStore>,
  leftovers: Leftovers = "gone",
) {
  const { log, lines } = recordingLog();
  const asked: Orphan[] = [];
  const end = (orphans: readonly Orphan[]) => {
    asked.push(...orphans);
    return Promise.resolve(new Map(orphans.map(({ id }) => [id, leftovers])));
  };
  const stop = new AbortController().signal;
  await recoverOrphans({ store, now: () => NOW, log, stop, end });
  return { lines, asked };
}

Deno.test("an orphan goes back to its old place in the queue, with its next attempt", async () => {
  using temp = openTempStore();
  const first = enqueue(temp);
  enqueue(temp);
  temp.store.jobs.claim(CLAIMED);
  temp.store.jobs.recordPid(first, 4_711);
  const { lines, asked } = await recover(temp, "killed");
  assert.deepEqual(asked.map(({ id, mark, pid }) => [id, mark, pid]), [
    [first, `SENECHAL_JOB_ID=${first}`, 4_711],
  ]);
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

Deno.test("if ps cannot be used the log says that nothing was looked for", async () => {
  using temp = openTempStore();
  enqueue(temp);
  temp.store.jobs.claim(CLAIMED);
  const { lines } = await recover(temp, "unknown");
  assert.equal(lines[0]?.fields.leftover_processes, "not looked for: ps cannot be used");
});

Deno.test("jobs that were queued or had ended are left as they are", async () => {
  using temp = openTempStore();
  enqueue(temp);
  const { lines, asked } = await recover(temp);
  assert.deepEqual({ lines, asked }, { lines: [], asked: [] });
  assert.equal(temp.store.jobs.claim(NOW)?.attempt, 1);
});
