import assert from "node:assert/strict";
import {
  explainEnvFailure,
  explainSpawnError,
  resemblesSetsidFailure,
} from "../../src/process/start_error.ts";

/** The explanation for a script with this text and mode, after the system refused to start it. */
async function explain(text: string, mode = 0o755): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-spawn-" });
  const path = `${folder}/run`;
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
  try {
    new Deno.Command(path, { stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
    return "it was started";
  } catch (error) {
    return (await explainSpawnError(path, folder, error)).error.replaceAll(folder, "F");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a missing interpreter is named, not the existing script", async () => {
  assert.equal(
    await explain("#!/no/such/python3 -u\n"),
    "Cannot start F/run: its interpreter /no/such/python3 does not exist; install it or change the first line",
  );
});

Deno.test("a missing interpreter is named even if the script contains bytes that are not text", async () => {
  assert.match(
    await explain("#!/no/such/sh\n\0payload"),
    /its interpreter \/no\/such\/sh does not exist/,
  );
});

Deno.test("a first line that ends in CRLF is named as the cause", async () => {
  assert.match(
    await explain("#!/bin/sh\r\necho\r\n"),
    /ends in CRLF.*save it with Unix line endings$/,
  );
});

Deno.test("a CRLF is named as the cause of exit code 127, even after a byte order mark", async () => {
  const path = Deno.makeTempFileSync();
  for (const text of ["#!/usr/bin/env bash\r\n\0", "\ufeff#!/usr/bin/env bash\r\n"]) {
    Deno.writeTextFileSync(path, text);
    assert.match(await explainEnvFailure(path, 127) ?? "", /ends in CRLF/);
    assert.equal(await explainEnvFailure(path, 126), undefined);
  }
  Deno.removeSync(path);
});

Deno.test("a script that is not executable has its own error, with what to do", async () => {
  assert.match(await explain("#!/bin/sh\n", 0o644), /it is not executable.*run chmod \+x F\/run$/);
});

Deno.test("a script or folder that no longer exists is distinguished from a missing interpreter", async () => {
  const gone = new Deno.errors.NotFound("os error 2");
  assert.match(
    (await explainSpawnError("/no/such/run", "/", gone)).error,
    /run: it no longer exists$/,
  );
  assert.match(
    (await explainSpawnError("/no/such/run", "/no/such", gone)).error,
    /folder \/no\/such no longer/,
  );
});

Deno.test("the system's error number says what may pass by itself", async () => {
  const passes = async (number: number) => {
    const error = new Error(`no (os error ${number})`);
    return (await explainSpawnError("/bin/sh", "/", error)).isPassing;
  };
  for (const number of [11, 12, 23, 24, 26, 35]) assert.equal(await passes(number), true);
  for (const number of [2, 7, 8, 13]) assert.equal(await passes(number), false);
});

Deno.test("an ending counts as setsid's only if its line is the only output, in any language", () => {
  const resembles = (exitCode: number | undefined, stderr: string, stdout = "") => {
    const encode = (text: string) => new TextEncoder().encode(text);
    return resemblesSetsidFailure("/p/run.sh", {
      exitCode,
      stdout: encode(stdout),
      stderr: encode(stderr),
    });
  };
  const line = "setsid: failed to execute /p/run.sh: Text file busy\n";
  assert.equal(resembles(126, line), true);
  assert.equal(resembles(127, "setsid: /p/run.sh: Datei oder Verzeichnis nicht gefunden\n"), true);
  assert.equal(resembles(1, line), false);
  assert.equal(resembles(undefined, line), false);
  assert.equal(resembles(126, line, "{}"), false);
  assert.equal(resembles(126, `first\n${line}`), false);
  assert.equal(resembles(126, `${line}more\n`), false);
  assert.equal(resembles(127, "setsid: failed to execute /else: No such file\n"), false);
  assert.equal(resembles(127, "env: /p/run.sh: No such file\n"), false);
});
