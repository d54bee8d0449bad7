import assert from "node:assert/strict";
import {
  explainEnvFailure,
  explainSetsidFailure,
  explainSpawnError,
} from "../../src/process/start_error.ts";

/** The explanation for a script with this text and mode, after the system refused to start it. */
function explain(text: string, mode = 0o755): string {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-spawn-" });
  const path = `${folder}/run`;
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
  try {
    new Deno.Command(path, { stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
    return "it was started";
  } catch (error) {
    return explainSpawnError(path, folder, error).error.replaceAll(folder, "F");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a missing interpreter is named, not the script that is there", () => {
  assert.equal(
    explain("#!/no/such/python3 -u\n"),
    "Cannot start F/run: its interpreter /no/such/python3 does not exist; install it or change the first line",
  );
});

Deno.test("a missing interpreter is named although the script holds bytes that are no text", () => {
  assert.match(
    explain("#!/no/such/sh\n\0payload"),
    /its interpreter \/no\/such\/sh does not exist/,
  );
});

Deno.test("a first line that ends in CRLF is named as the cause", () => {
  assert.match(explain("#!/bin/sh\r\necho\r\n"), /ends in CRLF.*save it with Unix line ends$/);
});

Deno.test("a CRLF is named as the cause of exit code 127, also behind a byte order mark", () => {
  const path = Deno.makeTempFileSync();
  for (const text of ["#!/usr/bin/env bash\r\n\0", "\ufeff#!/usr/bin/env bash\r\n"]) {
    Deno.writeTextFileSync(path, text);
    assert.match(explainEnvFailure(path, 127) ?? "", /ends in CRLF/);
    assert.equal(explainEnvFailure(path, 126), undefined);
  }
  Deno.removeSync(path);
});

Deno.test("a script that may not be executed is told apart, with the way out", () => {
  assert.match(explain("#!/bin/sh\n", 0o644), /it is not executable.*run chmod \+x F\/run$/);
});

Deno.test("a script or folder that has gone is told apart from a missing interpreter", () => {
  const gone = new Deno.errors.NotFound("os error 2");
  assert.match(
    explainSpawnError("/no/such/run", "/", gone).error,
    /run: it does not exist any more$/,
  );
  assert.match(
    explainSpawnError("/no/such/run", "/no/such", gone).error,
    /folder \/no\/such does not/,
  );
});

/** What `explainSetsidFailure` makes of a program that ended so, in a folder that is there. */
function explainSetsid(code: number, stderr: string, stdout = "") {
  const path = "/bin/sh";
  const bytes = (text: string) => new TextEncoder().encode(text.replaceAll("PATH", path));
  return explainSetsidFailure(path, "/", { code, stdout: bytes(stdout), stderr: bytes(stderr) });
}

Deno.test("setsid is believed that it could not start a program only if nothing else was said", () => {
  const busy = "setsid: failed to execute PATH: Text file busy\n";
  assert.equal(explainSetsid(126, busy)?.isPassing, true);
  assert.equal(explainSetsid(126, busy)?.isHearsay, true);
  assert.equal(explainSetsid(126, `${busy}more\n`), undefined);
  assert.equal(explainSetsid(126, busy, "{}"), undefined);
  assert.equal(explainSetsid(1, busy), undefined);
});

Deno.test("what passes by itself is told by the number of the system's error", () => {
  const at = (number: number) =>
    explainSpawnError("/bin/sh", "/", new Error(`no (os error ${number})`)).isPassing;
  assert.deepEqual([11, 12, 23, 24, 26, 35].map(at), [true, true, true, true, true, true]);
  assert.deepEqual([2, 7, 8, 13].map(at), [false, false, false, false]);
});
