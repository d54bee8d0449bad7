import assert from "node:assert/strict";
import { checkPlugin } from "../../src/conformance/checks.ts";
import { createSubject } from "../../src/conformance/subject.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { EXEC, failuresOf, optionsFor } from "../support/plugin_folder.ts";
import { isAlive } from "../support/wait.ts";

/** Runs the plugin once. */
async function runOnce(config: JsonObject, env: Readonly<Record<string, string>> = {}) {
  const options = optionsFor(EXEC, config);
  const subject = createSubject({ ...options, env: { ...options.env, ...env } });
  const { run, ending } = await subject.trial("first");
  assert.ok(run.kind === "ended");
  return {
    error: ending.ok ? undefined : ending.error,
    reason: ending.ok ? undefined : ending.reason,
    retry: ending.answer?.retry,
    said: ending.answer?.logs.map(({ level, message }) => `${level}: ${message}`),
    stderr: new TextDecoder().decode(run.stderr.bytes),
  };
}

for (const command of ["true", ["true"]]) {
  Deno.test(`exec passes check-plugin with the command ${JSON.stringify(command)}`, async () => {
    const results = await checkPlugin(optionsFor(EXEC, { command }));
    assert.equal(failuresOf(results), "");
    assert.equal(results.filter(({ outcome }) => outcome === "pass").length, results.length);
  });
}

Deno.test("exit code 0 is a success, and each line of stdout goes into the log", async () => {
  const ran = await runOnce({ command: "echo one; echo; printf 'two\\r\\nthree'" });
  assert.deepEqual(ran.said, ["info: one", "info: two", "info: three"]);
  assert.deepEqual([ran.error, ran.stderr], [undefined, ""]);
});

Deno.test("another exit code is an error with the last lines of stdout and stderr, and all lines are kept", async () => {
  const ran = await runOnce({ command: "for n in 1 2 3; do echo $n; done; echo why >&2; exit 7" });
  assert.match(ran.error ?? "", /^exit code 7( \| [123]| \| why){3}$/);
  assert.match(ran.error ?? "", / \| why\b/);
  assert.deepEqual([ran.reason, ran.retry], ["error", undefined]);
  assert.deepEqual([ran.said, ran.stderr], [["info: 1", "info: 2", "info: 3"], "why\n"]);
});

Deno.test("a command that a signal ends is an error that names it", async () => {
  assert.equal((await runOnce({ command: "kill -SEGV $$" })).error, "ended by SIGSEGV");
});

Deno.test("a list runs without a shell, with its words as they are", async () => {
  const ran = await runOnce({ command: ["printf", "%s\n", "$HOME; x", "*"] });
  assert.deepEqual(ran.said, ["info: $HOME; x", "info: *"]);
});

Deno.test("the command runs in HOME, or in cwd", async () => {
  const HOME = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-home-" }));
  Deno.mkdirSync(`${HOME}/inner`);
  try {
    assert.deepEqual((await runOnce({ command: "pwd" }, { HOME })).said, [`info: ${HOME}`]);
    const cwd = `${HOME}/inner`;
    assert.deepEqual((await runOnce({ command: "pwd", cwd }, { HOME })).said, [`info: ${cwd}`]);
  } finally {
    Deno.removeSync(HOME, { recursive: true });
  }
});

Deno.test("the command has the PATH of the plugin, and no node that is Deno's", async () => {
  const PATH = "/usr/bin:/bin:" + new URL(".", `file://${Deno.execPath()}`).pathname.slice(0, -1);
  assert.deepEqual((await runOnce({ command: 'echo "$PATH"' }, { PATH })).said, [`info: ${PATH}`]);
});

Deno.test("of much output the last lines go into the log, each of bounded length", async () => {
  const ran = await runOnce({
    command: `seq 1 250; head -c 2000000 /dev/zero | tr '\\0' x; exit 3`,
  });
  assert.equal(ran.said?.length, 100);
  assert.deepEqual(ran.said?.slice(0, 2), ["info: earlier lines left out: 152", "info: 153"]);
  assert.deepEqual(ran.said?.slice(-2), ["info: 250", `info: ${"x".repeat(8_000)}`]);
  assert.equal(ran.error, `exit code 3 | 249 | 250 | ${"x".repeat(300)}`);
});

const MISTAKES: readonly (readonly [config: JsonObject, error: RegExp])[] = [
  [{ command: 5 }, /^config\.command is no string, and no list of strings$/],
  [{ command: [] }, /^config\.command is no string, and no list of strings$/],
  [{ command: ["echo", 5] }, /^config\.command is no string, and no list of strings$/],
  [{ command: "true", cwd: 5 }, /^config\.cwd is no string$/],
  [{ command: ["no-such-program"] }, /^Cannot start no-such-program: .*no-such-program/],
  [{ command: "true", cwd: "/no/such" }, /^Cannot start sh: .*\/no\/such/],
];
for (const [config, error] of MISTAKES) {
  Deno.test(`exec says what is wrong with ${JSON.stringify(config)}, and needs no retry`, async () => {
    const ran = await runOnce(config);
    assert.match(ran.error ?? "", error);
    assert.equal(ran.retry, false);
  });
}

Deno.test("at the deadline the command and what it started end with the plugin", async () => {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-exec-" }));
  try {
    const config = { command: "sleep 600 & echo $$ $! > pids; wait", cwd: folder };
    const subject = createSubject({ ...optionsFor(EXEC, config), timeoutMs: 3_000 });
    const { ending } = await subject.trial("first");
    assert.equal(!ending.ok && ending.reason, "timeout");
    const pids = Deno.readTextFileSync(`${folder}/pids`).trim().split(" ").map(Number);
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(pids.length, 2);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
