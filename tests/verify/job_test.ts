import assert from "node:assert/strict";
import { isoTime } from "../../src/base/iso_time.ts";
import { type Around, checkJob } from "../../src/verify/job.ts";
import type { AttemptRow } from "../../src/verify/rows.ts";

const NOON = Date.parse("2026-01-31T12:00:00.000Z");

/** The attempt of a pruned job. */
const LEFT: AttemptRow = {
  id: 7,
  jobId: "6A31", // j1
  plugin: "it",
  command: "poll",
  status: "succeeded",
  reason: undefined,
  attempt: 1,
  submittedBy: "scheduler",
  createdAt: isoTime(NOON),
  startedAt: isoTime(NOON),
  completedAt: isoTime(NOON),
  durationMs: 0,
  exitCode: 0,
  lastError: undefined,
  retry: undefined,
  nextAttemptAt: undefined,
};

/** What is found in the attempt of a pruned job. */
function check(row: AttemptRow, changes: Partial<Around> = {}): readonly string[] {
  const found: string[] = [];
  const around = { oldest: undefined, cutoff: isoTime(NOON), presentFrom: 99, ...changes };
  checkJob(
    { job: undefined, attempts: [row] },
    { termsOf: () => undefined, ...around },
    (...one) => {
      found.push(one.join(" "));
    },
  );
  return found;
}

Deno.test("an attempt may outlive its job only until pruning goes on", () => {
  assert.deepEqual(check(LEFT), ["log.job job_log id 7, job j1 its job is not in job_queue"]);
  assert.deepEqual(check(LEFT, { cutoff: isoTime(NOON + 1) }), []);
});

Deno.test("times that go back by a second are a note, and less is none: a tick counts as its nominal time", () => {
  const cutoff = isoTime(NOON + 60_000);
  for (const [ms, count] of [[1_000, 0], [1_001, 1]] as const) {
    assert.equal(check({ ...LEFT, createdAt: isoTime(NOON + ms) }, { cutoff }).length, count);
  }
  const setAside = {
    reason: "row",
    status: "failed",
    lastError: "unreadable",
    exitCode: undefined,
  };
  const later = { createdAt: isoTime(NOON + 60_000) };
  assert.deepEqual(check({ ...LEFT, ...setAside, ...later }, { cutoff }), []);
  const [note] = check({ ...LEFT, startedAt: isoTime(NOON + 2_000) }, { cutoff });
  assert.match(note ?? "", /^clock\.order .* before it started at 2026-01-31T12:00:02\.000Z$/);
});
