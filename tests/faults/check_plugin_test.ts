import assert from "node:assert/strict";
import { defaultEntry } from "../../src/config/config.ts";
import { recordFault } from "../support/campaign.ts";
import { makePlugin } from "../support/plugin_folder.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

async function checkPlugin(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return await runProgram(["check-plugin", ...args], { env });
}

const TRACEBACK = `Traceback (most recent call last):
  File "work.py", line 3, in <module>
    fetch()
  File "work.py", line 2, in fetch
    open("token")
FileNotFoundError: [Errno 2] No such file or directory: 'token'`;

Deno.test("check-plugin shows the failure first, with the whole traceback, and repeats its name last", async () => {
  using plugin = makePlugin({
    script: `#!/usr/bin/env bash\ncat > /dev/null\ncat >&2 <<'END'\n${TRACEBACK}\nEND\nexit 1\n`,
  });
  const { code, stdout } = await checkPlugin([plugin.folder]);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(code, 1);
  assert.match(lines[0] ?? "", /^fail {2}run\.exit-code /);
  assert.match(lines.at(-1) ?? "", /^\d+ checks: .*; failed: run\.exit-code$/);
  const said = TRACEBACK.split("\n").map((line) => `        ${line}`);
  assert.ok(stdout.includes(["      stderr:", ...said].join("\n")), stdout);
  recordFault({
    fault: "check-plugin: a traceback",
    times: 1,
    outcome: "shown whole, the failure first",
    isNew: true,
  });
});

Deno.test("two checks of one run show its stderr once, and no control character reaches the terminal", async () => {
  using plugin = makePlugin({
    script: `#!/usr/bin/env bash\nsleep 600 < /dev/null > /dev/null 2>&1 &\n` +
      `printf 'red \\033[31m\\342\\200\\256\\nsecond' >&2\nexit 1\n`,
  });
  const { stdout } = await checkPlugin([plugin.folder]);
  assert.match(stdout, /; failed: run\.exit-code, children\.none$/m);
  assert.equal(stdout.split("      stderr:\n").length, 2);
  assert.ok(stdout.includes("        red \\u001b[31m\\u202e\n        second\n"), stdout);
});

Deno.test("check-plugin without a folder for its files says so in one line and checks the rest", async () => {
  using plugin = makePlugin();
  const { code, stdout, stderr } = await checkPlugin([plugin.folder], { TMPDIR: "/no/such" });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /\n {6}skipped: cannot withhold the input: .*\/no\/such.*; set TMPDIR to a writable folder .*\n/,
  );
  recordFault({
    fault: "check-plugin: TMPDIR cannot be written",
    times: 1,
    outcome: "one check skipped, with what to do",
    isNew: true,
  });
});

Deno.test("check-plugin acknowledges ctrl-C at once", async () => {
  using plugin = makePlugin({ script: "#!/usr/bin/env bash\ntouch runs\nexec sleep 600\n" });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "check-plugin", plugin.folder],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await until("the plugin", () => exists(`${plugin.folder}/runs`));
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.deepEqual([code, decode(stdout)], [1, ""]);
  assert.match(decode(stderr), /^Interrupted, ending the plugin within .*\n$/);
  recordFault({
    fault: "check-plugin: ctrl-C",
    times: 1,
    outcome: "acknowledged at once",
    isNew: true,
  });
});

Deno.test("check-plugin passes on the variables that --env names, and no others", async () => {
  using plugin = makePlugin({
    script: `#!/usr/bin/env bash
if [ "$A_TOKEN$B_TOKEN" = ab ] && [ -z "$C_TOKEN" ]; then echo '{"status":"ok"}'
else echo '{"status":"error","error":"no tokens"}'; fi
`,
  });
  const env = { A_TOKEN: "a", B_TOKEN: "b", C_TOKEN: "c" };
  for (const options of [["--env", "A_TOKEN,B_TOKEN"], ["--env", "A_TOKEN", "--env", "B_TOKEN"]]) {
    assert.equal((await checkPlugin([plugin.folder, ...options], env)).code, 0);
  }
  assert.equal((await checkPlugin([plugin.folder], env)).code, 1);
  const mistyped = await checkPlugin([plugin.folder, "--env", "A_TOKN"], env);
  assert.deepEqual([mistyped.code, mistyped.stdout], [2, ""]);
  assert.match(
    mistyped.stderr,
    /^error: .*A_TOKN is not set in the environment\nTry .* check-plugin --help\n$/,
  );
});

Deno.test("check-plugin --help shows the default timeout as a duration", async () => {
  const { stdout } = await checkPlugin(["--help"]);
  const { poll } = defaultEntry("any").timeoutsMs;
  assert.match(stdout, new RegExp(`--timeout\\] .*\\[${poll / 1_000}s\\]`));
});

Deno.test("a path that is not a folder is refused in one line, whatever it is", async () => {
  using plugin = makePlugin();
  Deno.symlinkSync("loop", `${plugin.folder}/loop`);
  const paths = ["manifest.yaml", "manifest.yaml/x", "loop", "x".repeat(300), "gone"];
  for (const path of paths) {
    const { code, stdout, stderr } = await checkPlugin([`${plugin.folder}/${path}`]);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, /^error: .*\nTry .* check-plugin --help\n$/);
  }
  recordFault({
    fault: "check-plugin: no folder",
    times: paths.length,
    outcome: "exit 2, one line",
    isNew: true,
  });
});

Deno.test("an answer that is nested too deep is a failed check, not a stack trace", async () => {
  const depths = [101, 10_000, 1_000_000];
  for (const depth of depths) {
    using plugin = makePlugin({
      script: `#!/usr/bin/env bash\nnested() { head -c ${depth} /dev/zero | tr '\\0' "$1"; }\n` +
        `echo '{"status":"ok","state_updates":{"a":'"$(nested '[')$(nested ']')"'}}'\n`,
    });
    const { code, stdout, stderr } = await checkPlugin([plugin.folder]);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, /^fail {2}answer\..*100 levels deep.*\n/);
  }
  recordFault({
    fault: "check-plugin: an answer nested too deep",
    times: depths.length,
    outcome: "a failed check",
    isNew: true,
  });
});
