import assert from "node:assert/strict";
import { createRedact } from "../../src/base/redact.ts";
import { redactRun } from "../../src/plugin/own_secrets.ts";
import type { Run } from "../../src/plugin/run.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";

const CONFIGURED = "of-the-config";
const NOT_STARTED: Run = { kind: "not started", reason: "spawn", error: "" };

/** A run that wrote this to stdout. */
function wrote(stdout: string): Run {
  return {
    kind: "ended",
    cause: "exit",
    exitCode: 0,
    signal: undefined,
    stdout: { bytes: new TextEncoder().encode(stdout), dropped: 0 },
    stderr: { bytes: new Uint8Array(), dropped: 0 },
    leftovers: { kind: "none", left: [] },
    timeoutMs: 60_000,
    durationMs: 5,
  };
}

/** What is shown of a text after this run of a plugin whose `token` and `cookie` are secret. */
function shown(text: string, state: Record<string, unknown>, run: Run): string {
  const plugin = pluginSpec({ secretState: ["token", "cookie"] });
  const setup = setupOf(plugin);
  const config = { ...setup.config, secrets: [CONFIGURED] };
  const redact = createRedact(config.secrets);
  return redactRun({ ...setup, config, redact }, plugin, state, run)(text);
}

Deno.test("the values of secret keys in the state are masked, beside the secrets of the config", () => {
  const state = { token: "token-of-old", cookie: { all: ["first-cookie"] }, cursor: "no-secret" };
  const text = `token-of-old first-cookie no-secret ${CONFIGURED}`;
  for (const run of [NOT_STARTED, wrote("no answer")]) {
    assert.equal(shown(text, state, run), "[secret] [secret] no-secret [secret]");
  }
});

const ANSWER = '{"status":"ok","state_updates":{"token":"token-of-new","cursor":"no-secret"}}';

const ANSWERS: readonly (readonly [what: string, stdout: string])[] = [
  ["a valid answer", ANSWER],
  ["an answer with wrong fields", ANSWER.replace('"ok"', "7")],
  ["an answer with text around it", `fetching ...\n${ANSWER}\ndone {}`.replace(" {}", "")],
];

for (const [what, stdout] of ANSWERS) {
  Deno.test(`the values of secret keys in ${what} are masked`, () => {
    assert.equal(shown("token-of-new no-secret", {}, wrote(stdout)), "[secret] no-secret");
  });
}

Deno.test("no stdout makes it throw, and a key that the state only inherits is none", () => {
  for (const stdout of ["", "{", "}{", "[]", "null", '{"state_updates":[]}', "\ud800"]) {
    assert.equal(shown("token-of-new", {}, wrote(stdout)), "token-of-new");
  }
  const plugin = pluginSpec({ secretState: ["constructor", "__proto__"] });
  const redact = redactRun(setupOf(plugin), plugin, {}, NOT_STARTED);
  assert.equal(redact("some text"), "some text");
});

Deno.test("of a run whose secrets have more than 64 KiB together, nothing is shown", () => {
  const fill = (length: number) => ({ token: ["x".repeat(length), "token-of-old"] });
  const most = 64 * 1024 - "token-of-old".length;
  assert.equal(shown("a token-of-old", fill(most), NOT_STARTED), "a [secret]");
  assert.equal(shown("a token-of-old", fill(most + 1), NOT_STARTED), "[secret]");
  assert.equal(shown("", fill(most + 1), NOT_STARTED), "");
});

Deno.test("without secret keys, the function of the setup is used as it is", () => {
  const setup = setupOf(pluginSpec());
  assert.equal(
    redactRun(setup, pluginSpec(), { token: "token-of-old" }, NOT_STARTED),
    setup.redact,
  );
});
