import assert from "node:assert/strict";
import { createRedact } from "../../src/base/redact.ts";
import { secretForms } from "../../src/core/secret.ts";
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
  assert.equal(failure(ended({ cause: "timeout" })), "timeout: did not end within 1m");
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

const SECRET = 's3cr3t"with-a-long-tail-of-characters';
const redact = createRedact(secretForms([SECRET]));

/** The error of a run that must fail, with its secrets masked. */
function maskedError(changes: Partial<Ended>): string {
  const ending = decideEnding(ended(changes), redact);
  assert.ok(!ending.ok);
  return ending.error;
}

Deno.test("secrets are masked in each kind of error", () => {
  const stderr = read(`ValueError: ${SECRET}!\n`);
  assert.equal(maskedError({ exitCode: 1, stderr }), "exit code 1: ValueError: [secret]!");
  const answer = JSON.stringify({ status: "error", error: `401 for ${SECRET}` });
  assert.equal(maskedError({ stdout: read(answer) }), "401 for [secret]");
  assert.equal(maskedError({ stdout: read(answer), exitCode: 2 }), "exit code 2: 401 for [secret]");
  const notStarted = { kind: "not started", reason: "spawn", error: `no ${SECRET}` } as const;
  const ending = decideEnding(notStarted, redact);
  assert.equal(!ending.ok && ending.error, "no [secret]");
});

Deno.test("secrets are masked in the beginning of a bad answer before it is quoted", () => {
  const bad = `{"token":${JSON.stringify(SECRET)},}`;
  assert.equal(
    maskedError({ stdout: read(bad) }),
    'stdout is not one JSON value; it begins "{\\"token\\":\\"[secret]\\",}"',
  );
  for (let length = 60; length < 240; length++) {
    const error = maskedError({ stdout: read("x".repeat(length) + SECRET) });
    assert.ok(!error.includes(SECRET.slice(0, 4)), error);
  }
});

Deno.test("no cut of an error or of stderr shows a part of a secret", () => {
  for (let length = 0; length < 60; length++) {
    const error = `${"x".repeat(8 * 1024 - length)}${SECRET}`;
    const stdout = read(JSON.stringify({ status: "error", error }));
    const shown = maskedError({ stdout });
    assert.ok(shown.endsWith(" …") || shown.endsWith("[secret]"), shown.slice(-50));
    assert.ok(!shown.includes(SECRET.slice(0, 8)), shown.slice(-50));
    const line = read(`${"x".repeat(200 - length)}${SECRET}`);
    assert.ok(!maskedError({ exitCode: 1, stderr: line }).includes(SECRET.slice(0, 4)));
  }
  const cut = read(`token ${SECRET.slice(0, 20)}`, 1_000);
  assert.equal(maskedError({ exitCode: 1, stderr: cut }), "exit code 1: token [secret]");
});

Deno.test("secrets are masked in the lines to log, but not in the updates of the state", () => {
  const logs = [{ level: "warn", message: `a ${SECRET}` }];
  const updates = { token: SECRET };
  for (const status of ["ok", "error"]) {
    const stdout = read(JSON.stringify({ status, logs, state_updates: updates }));
    const { answer } = decideEnding(ended({ stdout }), redact);
    assert.deepEqual(answer?.logs, [{ level: "warn", message: "a [secret]" }]);
    assert.deepEqual(answer?.updates, updates);
  }
});

Deno.test("an exit with EX_CONFIG, or a start that cannot succeed, says that trying again is of no use", () => {
  const isFinal = (changes: Partial<Ended>) => {
    const ending = decideEnding(ended(changes));
    return !ending.ok && ending.isFinal === true;
  };
  assert.equal(isFinal({ exitCode: 78 }), true);
  assert.equal(isFinal({ exitCode: 75 }), false);
  assert.equal(isFinal({ exitCode: 78, cause: "timeout" }), false);
  const notStarted = { kind: "not started", reason: "spawn", error: "no bash" } as const;
  for (const isFinal of [true, false]) {
    const ending = decideEnding({ ...notStarted, isFinal });
    assert.equal(!ending.ok && ending.isFinal, isFinal);
  }
});
