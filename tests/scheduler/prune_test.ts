import assert from "node:assert/strict";
import { prune } from "../../src/scheduler/prune.ts";
import { attemptOf, claimJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { setupOf } from "../support/setup.ts";
import { settleJob } from "../support/dispatch.ts";

const ENDED_AT = Date.parse("2026-01-01T00:00:00.000Z");
const THIRTY_DAYS = 30 * 86_400_000;

Deno.test("a tick deletes what is older than job_log_retention, and logs it", () => {
  using temp = openTempStore();
  settleJob(temp, attemptOf(claimJob(temp.store), { endedAt: ENDED_AT }));
  const { log, lines } = recordingLog();
  const pruneAt = (tickAt: number) => prune({ store: temp.store, log }, setupOf(), tickAt);
  assert.equal(pruneAt(ENDED_AT + THIRTY_DAYS), false);
  assert.deepEqual(lines, []);
  assert.equal(pruneAt(ENDED_AT + THIRTY_DAYS + 1), false);
  assert.deepEqual(lines, [{ level: "debug", message: "History pruned", fields: { rows: 2 } }]);
});

Deno.test("prune reports that there may be more to delete than one batch", () => {
  using temp = openTempStore();
  for (let n = 0; n < 101; n++) {
    settleJob(temp, attemptOf(claimJob(temp.store), { endedAt: ENDED_AT }));
  }
  const { log } = recordingLog();
  const pruneAt = () => prune({ store: temp.store, log }, setupOf(), ENDED_AT + THIRTY_DAYS + 1);
  assert.deepEqual([pruneAt(), pruneAt()], [true, false]);
});
