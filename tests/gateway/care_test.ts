import assert from "node:assert/strict";
import { startCare } from "../../src/gateway/care.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import type { Swept } from "../../src/process/sweep.ts";
import { claimJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { setupOf } from "../support/setup.ts";

Deno.test("until recovery is done, ticks give no sign of life: it goes by the last one of the crashed gateway", async () => {
  using temp = openTempStore();
  const job = claimJob(temp.store);
  const { log } = recordingLog();
  const beats: number[] = [];
  const swept = Promise.withResolvers<ReadonlyMap<string, Swept>>();
  const holds = createHolds(log);
  const care = await startCare({
    ...{ store: temp.store, setup: setupOf(), now: () => 9, log, holds },
    stop: new AbortController().signal,
    endAll: () => swept.promise,
    beat: (at) => void beats.push(at),
    onFault: (fault) => assert.fail(String(fault)),
    onEnd: () => {},
  });
  care?.beat(1);
  assert.deepEqual([beats, holds.plugins()], [[], [job.plugin]]);
  swept.resolve(new Map());
  await care?.done();
  care?.beat(10);
  assert.deepEqual([beats, holds.plugins()], [[9, 10], []]);
});
