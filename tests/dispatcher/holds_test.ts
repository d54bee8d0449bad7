import assert from "node:assert/strict";
import { createHolds } from "../../src/dispatcher/holds.ts";
import type { Job } from "../../src/core/job.ts";
import type { ListedProcess } from "../../src/process/listing.ts";
import { settleJob } from "../support/dispatch.ts";
import { attemptOf, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";

/** Claims a job of the plugin "echo", whatever ran of it before. */
function claim({ store }: ReturnType<typeof openTempStore>): Job {
  store.jobs.running().forEach((job) => settleJob({ store }, attemptOf(job)));
  enqueueJob(store);
  const job = store.jobs.claim(0);
  assert.ok(job);
  return job;
}

Deno.test("a plugin that cannot be spawned is held back for a pause that doubles, up to 30 s, and starts over for its next job", () => {
  using temp = openTempStore();
  let nowMs = 0;
  const holds = createHolds(recordingLog().log, undefined, () => nowMs);
  const job = claim(temp);
  const pauses = Array.from({ length: 10 }, (_, n) => {
    assert.equal(holds.putOff(job), n + 1);
    const beganMs = nowMs;
    while (holds.plugins().length > 0) nowMs += 100;
    return nowMs - beganMs;
  });
  assert.deepEqual(
    pauses,
    [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000],
  );
  assert.equal(holds.putOff(claim(temp)), 1);
});

Deno.test("a plugin is held back until its processes have ended, or their pids belong to others", async () => {
  using temp = openTempStore();
  const one: ListedProcess = {
    ...{ pid: 7, parent: 1, group: 7, session: 7, hasEnded: false, name: "x", startedMs: 5 },
    mark: undefined,
  };
  let processes: ListedProcess[] = [one];
  const list = () => Promise.resolve({ bootId: "boot", processes });
  for (const later of [[], [{ ...one, hasEnded: true }], [{ ...one, startedMs: 9 }]]) {
    const { log, lines } = recordingLog();
    const holds = createHolds(log, list);
    const job = claim(temp);
    processes = [one];
    holds.add(job, [one]);
    await holds.review();
    assert.deepEqual(holds.plugins(), [job.plugin]);
    processes = later;
    await holds.review();
    assert.deepEqual(holds.plugins(), []);
    assert.equal(lines.at(-1)?.message, "Processes are gone, plugin no longer held back");
  }
});
