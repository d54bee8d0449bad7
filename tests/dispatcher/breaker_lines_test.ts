import assert from "node:assert/strict";
import { afterJob, type Health, UNTRIED } from "../../src/core/breaker.ts";
import { reportBreaker } from "../../src/dispatcher/report.ts";
import { attemptOf, failure, jobOf, success } from "../support/jobs.ts";
import { recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";

const OPENED = "Circuit breaker opened, polls stop until one succeeds";
const CLOSED = "Circuit breaker closed";
const SETUP = setupOf(pluginSpec({ circuitBreaker: { threshold: 2, resetAfterMs: 60_000 } }));

/** What is logged when jobs end one after the other, one a minute. */
function linesOf(ends: readonly boolean[], { setup = SETUP, command = "poll" } = {}) {
  const { log, lines } = recordingLog();
  let before: Health = UNTRIED;
  for (const [minute, isWell] of ends.entries()) {
    const endedAt = minute * 60_000;
    const ending = isWell ? success() : failure("exit");
    const after = afterJob(before, isWell, endedAt);
    const attempt = attemptOf(jobOf({ command }), { ending, endedAt });
    const verdict = { status: isWell ? "succeeded" : "failed" } as const;
    reportBreaker(log, { attempt, verdict, health: { before, after } }, setup);
    before = after;
  }
  return lines;
}

Deno.test("the log says once that a breaker opened, and when the next poll tries, and once that it closed", () => {
  const lines = linesOf([true, false, false, false, false, true, true]);
  assert.deepEqual(lines.map(({ message }) => message), [OPENED, CLOSED]);
  assert.deepEqual(lines[0]?.fields, {
    plugin: "echo",
    failures: 2,
    next_try_at: "1970-01-01T00:03:00.000Z",
  });
});

Deno.test("the log says nothing of an entry without a breaker, nor of other commands", () => {
  const ends = [false, false, true];
  assert.deepEqual(linesOf(ends, { setup: setupOf(pluginSpec()) }), []);
  assert.deepEqual(linesOf(ends, { command: "handle" }), []);
});
