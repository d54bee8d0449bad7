import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Attempt } from "../../src/core/attempt.ts";
import type { Verdict } from "../../src/core/conclude.ts";
import { answerOf, attemptOf, failure, jobOf, success } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

const JOB = jobOf({
  attempt: 2,
  submittedBy: "operator",
  createdAt: Date.parse("2026-01-01T00:00:00.000Z"),
  startedAt: Date.parse("2026-01-01T00:00:01.000Z"),
});
const ENDED_AT = Date.parse("2026-01-01T00:00:02.500Z");

/** The row that an attempt leaves in `job_log`. */
function rowOf(changes: Partial<Attempt>, verdict: Verdict) {
  using temp = openTempStore();
  temp.store.attempts.add(attemptOf(JOB, { endedAt: ENDED_AT, ...changes }), verdict);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  return { ...db.prepare("SELECT * FROM job_log").get() };
}

Deno.test("a success keeps everything but its stdout", () => {
  const ran = { durationMs: 12.6, exitCode: 0, stderr: "noise", stdout: "the answer" };
  assert.deepEqual(rowOf({ ending: success(), ...ran }, { status: "succeeded" }), {
    id: 1,
    job_id: "j1",
    plugin: "echo",
    command: "poll",
    status: "succeeded",
    reason: null,
    attempt: 2,
    submitted_by: "operator",
    created_at: "2026-01-01T00:00:00.000Z",
    started_at: "2026-01-01T00:00:01.000Z",
    completed_at: "2026-01-01T00:00:02.500Z",
    counted: 0,
    duration_ms: 13,
    exit_code: 0,
    signal: null,
    last_error: null,
    retry: null,
    stderr: "noise",
    stdout: null,
    next_attempt_at: null,
  });
});

Deno.test("a failure keeps its reason, error, signal, stdout and the plugin's retry field", () => {
  const answer = answerOf({ retry: false });
  const ending = { ...failure("exit"), answer };
  const row = rowOf({ ending, signal: "SIGKILL", stdout: "half" }, { status: "failed" });
  assert.deepEqual(
    [row.status, row.reason, row.last_error, row.signal, row.stdout, row.retry],
    ["failed", "exit", "it was exit", "SIGKILL", "half", 0],
  );
});

Deno.test("an attempt that another one follows is interrupted in the log", () => {
  const ending = failure("interrupted");
  assert.equal(rowOf({ ending }, { status: "queued", nextAttempt: 3 }).status, "interrupted");
  assert.equal(rowOf({ ending }, { status: "dead" }).status, "dead");
});

Deno.test("a row keeps at most 64 KiB of stdout and stderr", () => {
  const long = "x".repeat(100_000);
  const row = rowOf({ ending: failure("exit"), stderr: long, stdout: long }, { status: "failed" });
  assert.deepEqual([row.stderr, row.stdout].map((text) => String(text).length), [65_536, 65_536]);
});

Deno.test("an attempt that says error keeps its answer", () => {
  const row = rowOf({ ending: failure("error"), stdout: "the answer" }, { status: "failed" });
  assert.equal(row.stdout, "the answer");
});

Deno.test("an attempt that is tried again is a failed one, with the time of the next", () => {
  const verdict = { status: "queued", nextAttempt: 3, notBefore: ENDED_AT + 500 } as const;
  const row = rowOf({ ending: failure("exit") }, verdict);
  assert.equal(row.status, "failed");
  assert.equal(row.next_attempt_at, "2026-01-01T00:00:03.000Z");
});
