import assert from "node:assert/strict";
import { decideEnding } from "../../src/plugin/ending.ts";
import type { Run } from "../../src/plugin/run.ts";
import type { Ended } from "../../src/process/process.ts";

const read = (text: string, dropped = 0) => ({ bytes: new TextEncoder().encode(text), dropped });

/** A run that ended well, except for `changes`. */
function ended(changes: Partial<Ended> = {}): Ended {
  return {
    kind: "ended",
    cause: "exit",
    exitCode: 0,
    signal: undefined,
    stdout: read('{"status":"ok"}'),
    stderr: read(""),
    leftovers: { kind: "none", left: [] },
    timeoutMs: 60_000,
    durationMs: 5,
    ...changes,
  };
}

/** Reason and error of a run that must fail. */
function failure(run: Run): string {
  const ending = decideEnding(run);
  assert.ok(!ending.ok);
  return `${ending.reason}: ${ending.error}`;
}

Deno.test("exit code 0 and a valid answer with status ok are a success", () => {
  const ending = decideEnding(
    ended({ leftovers: { kind: "ended", left: [] }, stderr: read("noise") }),
  );
  assert.equal(ending.ok, true);
});

Deno.test("each way to fail has its reason", () => {
  assert.equal(
    failure({ kind: "not started", reason: "spawn", error: "Cannot start x" }),
    "spawn: Cannot start x",
  );
  assert.equal(failure(ended({ cause: "timeout" })), "timeout: did not end within 60000 ms");
  assert.match(failure(ended({ cause: "interrupted" })), /^interrupted: /);
  assert.equal(
    failure(ended({ stdout: read("1234", 6) })),
    "output: wrote 10 bytes to stdout, the limit is 4",
  );
  assert.equal(failure(ended({ exitCode: 3 })), "exit: exit code 3");
  assert.equal(failure(ended({ exitCode: 137, signal: "SIGKILL" })), "exit: ended by SIGKILL");
  assert.match(failure(ended({ stdout: read("") })), /^protocol: stdout was empty/);
  const error = (text: string) => ended({ stdout: read(`{"status":"error"${text}}`) });
  assert.equal(failure(error(',"error":"no token"')), "error: no token");
  assert.equal(failure(error("")), "error: the plugin gave no error text");
});

Deno.test("the first cause wins: after SIGTERM, an answer and exit code 0 do not count", () => {
  assert.match(failure(ended({ cause: "timeout", exitCode: 0 })), /^timeout/);
});

Deno.test("a non-zero exit code fails the run even with a valid answer, which is kept for its logs", () => {
  const ending = decideEnding(
    ended({ exitCode: 1, stdout: read('{"status":"ok","logs":[{"message":"m"}]}') }),
  );
  assert.ok(!ending.ok);
  assert.equal(ending.reason, "exit");
  assert.deepEqual(ending.answer?.logs, [{ message: "m" }]);
});

Deno.test("the error of a run that exited badly has the last line of stderr", () => {
  const stderr = read("Traceback\n  deep inside\nKeyError: 'token'\n\n");
  assert.equal(failure(ended({ exitCode: 1, stderr })), "exit: exit code 1: KeyError: 'token'");
  const endless = read("x".repeat(10_000));
  assert.ok(failure(ended({ exitCode: 1, stderr: endless })).length < 300);
});

Deno.test("the error of a plugin that exits badly is its own, or else from its stderr", () => {
  const stderr = read("KeyError: 'token'\n");
  const answer = (text: string) =>
    ended({ exitCode: 1, stderr, stdout: read(`{"status":"error"${text}}`) });
  assert.equal(failure(answer(',"error":"no token"')), "exit: exit code 1: no token");
  assert.equal(failure(answer("")), "exit: exit code 1: KeyError: 'token'");
  assert.equal(
    failure({ ...answer(',"error":"no token"'), signal: "SIGTERM" }),
    "exit: ended by SIGTERM: no token",
  );
});

Deno.test("an error is cut at 8 KiB, between two characters", () => {
  const error = (text: string) => ended({ stdout: read(`{"status":"error","error":"${text}"}`) });
  assert.equal(failure(error("x".repeat(8_192))), `error: ${"x".repeat(8_192)}`);
  assert.equal(failure(error("x".repeat(3_000_000))), `error: ${"x".repeat(8_192)} …`);
  assert.equal(failure(error("€".repeat(3_000))), `error: ${"€".repeat(2_730)} …`);
  assert.equal(failure(error("a" + "\u{1F600}".repeat(3_000))).length, 10 + 2 * 2_047);
});
