import { buildCommand } from "@stricli/core";
import fc from "fast-check";
import assert from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };
import { NOT_A_PLUGIN_NAME } from "../../src/core/name.ts";
import { propose, runCommand, type Seat } from "../../src/operator/command.ts";
import { runProgram } from "../support/program.ts";
import { run } from "../support/tools.ts";

const COMMANDS = [
  ...["init", "new", "start", "status", "jobs", "job", "log"],
  ...["next", "why", "doctor", "pause", "resume", "audit"],
  ...["check", "check-plugin", "backup", "verify", "completions"],
];

const ROOT = new URL("../..", import.meta.url).pathname;

const mistakes: readonly (readonly [
  args: readonly string[],
  error: string,
  program: string,
  env?: Readonly<Record<string, string>>,
])[] = [
  [[], "no command given", ""],
  [["strat"], "unknown command 'strat', did you mean 'start'?", ""],
  [["daemonize"], "unknown command 'daemonize'", ""],
  [["--config", "x", "start"], "unknown command '--config'", ""],
  [["start", "--conf", "x"], "unknown option '--conf', did you mean '--config'?", " start"],
  [["start", "--verbose"], "unknown option '--verbose'", " start"],
  [["check", "-x"], "unknown option '-x'", " check"],
  [["start", "extra", "words"], "unexpected argument 'extra'", " start"],
  [["start", "--config"], "option '--config' needs a value", " start"],
  [["start", "--config="], "'--config=' needs a value", " start"],
  [["start", "--config", ""], "invalid --config '': a path is missing", " start"],
  [["check", "-c", "a", "-c", "b"], "option '--config' is given twice", " check"],
  [["check-plugin"], "<plugin> is missing", " check-plugin"],
  [["check-plugin", "./x"], "invalid plugin './x': it is not a folder", " check-plugin"],
  [
    ["check-plugin", "ecoh"],
    `invalid plugin 'ecoh': it is not a folder, here or in ${ROOT}plugins; did you mean 'echo'?`,
    " check-plugin",
  ],
  [
    ["check-plugin", "echo"],
    "invalid plugin 'echo': it is not a folder, and no.yaml cannot be read",
    " check-plugin",
    { SENECHAL_CONFIG: "no.yaml" },
  ],
  [["init", "a", "b"], "unexpected argument 'b'", " init"],
  [["new", "--lang", "bash"], "<name> is missing", " new"],
  [["new", "weather"], "option '--lang' is missing: bash, python, node, deno", " new"],
  [["new", "weather", "--lang"], "option '--lang' needs a value", " new"],
  [
    ["new", "weather", "--lang", "pyhton"],
    "invalid --lang 'pyhton': use bash, python, node, deno; did you mean 'python'?",
    " new",
  ],
  [["new", "a/b", "--lang", "bash"], `invalid name 'a/b': ${NOT_A_PLUGIN_NAME}`, " new"],
  [["why"], "<entry> is missing", " why"],
  [
    ["next", "--for", "soon"],
    "invalid --for 'soon': write it as 500ms, 90s or 5m, from 1ms to ten years",
    " next",
  ],
  [
    ["pause", "x", "--for", "0s"],
    "invalid --for '0s': write it as 500ms, 90s or 5m, from 1ms to ten years",
    " pause",
  ],
  [["pause"], "name an entry, or --all", " pause"],
  [["resume", "x", "--all"], "name either an entry or --all", " resume"],
  [["help", "strat"], "unknown command 'strat', did you mean 'start'?", ""],
  [
    ["completions", "tcsh"],
    "invalid shell 'tcsh': use bash, zsh, fish; did you mean 'bash'?",
    " completions",
  ],
  [["completions", "x"], "invalid shell 'x': use bash, zsh, fish", " completions"],
];
for (const [args, error, program, env] of mistakes) {
  Deno.test(`senechal-gw ${args.join(" ")} exits with 2 and says what to do`, async () => {
    const { code, stdout, stderr } = await runProgram(args, { cwd: ROOT, env });
    assert.equal(stderr, `error: ${error}\nTry senechal-gw${program} --help\n`);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}

Deno.test("--help names every command, and that of each has an example and every option", async () => {
  const all = await runProgram(["--help"]);
  assert.equal(all.code, 0);
  for (const command of COMMANDS) {
    assert.match(all.stdout, new RegExp(`^  ${command} `, "m"));
    const { code, stdout } = await runProgram([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^EXAMPLES\n  senechal-gw ${command}\\b`, "m"));
    for (const line of stdout.split("\n")) assert.ok(line.length <= 100, line);
  }
});

Deno.test("help is a command, too, also of one command", async () => {
  for (const [asked, same] of [[["help"], ["--help"]], [["help", "why"], ["why", "--help"]]]) {
    const [a, b] = [await runProgram(asked ?? []), await runProgram(same ?? [])];
    assert.deepEqual([a.code, a.stdout], [0, b.stdout]);
  }
});

for (const flag of ["--version", "-V"]) {
  Deno.test(`senechal-gw ${flag} prints the version`, async () => {
    const { code, stdout } = await runProgram([flag]);
    assert.deepEqual([code, stdout], [0, `${settings.version}\n`]);
  });
}

const AROUND = {
  env: {},
  screen: { isTerminal: false, columns: 80, useColors: false, now: () => 0 },
};

/** What a command got. */
const seen: unknown[] = [];
const probe = buildCommand<{ config?: string }, [], Seat>({
  func(flags) {
    seen.push(flags.config);
    this.process.exitCode = 75;
  },
  parameters: {
    flags: { config: { kind: "parsed", parse: String, optional: true, brief: "x" } },
    aliases: { c: "config" },
  },
  docs: { brief: "x" },
});

Deno.test("a command gets its options in each way of writing them, and its exit code is the program's", async () => {
  for (const args of [["--config", "a"], ["--config=a"], ["-c", "a"]]) {
    assert.equal(await runCommand({ probe }, ["probe", ...args], AROUND), 75);
  }
  assert.deepEqual(seen, ["a", "a", "a"]);
});

Deno.test("a fault in a command is reported in one line, and the program exits with 1", async () => {
  const said: unknown[] = [];
  const { error } = console;
  console.error = (line) => said.push(line);
  const faulty = buildCommand<Record<never, never>, [], Seat>({
    func() {
      throw new TypeError("no such thing");
    },
    parameters: {},
    docs: { brief: "x" },
  });
  try {
    assert.equal(await runCommand({ faulty }, ["faulty"], AROUND), 1);
  } finally {
    console.error = error;
  }
  assert.deepEqual(said, ["Internal error: no such thing"]);
});

Deno.test("no words make the completion throw", async () => {
  const words = fc.array(
    fc.oneof(fc.string(), fc.constantFrom("probe", "--", "-", "--config", "-c")),
  );
  await fc.assert(fc.asyncProperty(words, async (words) => {
    for (const word of await propose({ probe }, words, AROUND)) assert.equal(typeof word, "string");
  }));
});

/** Runs a command with all permissions and prints which of them are left afterwards. */
const PROBE = `
  const commands = await import("COMMANDS");
  const [name, ...args] = Deno.args;
  const screen = { isTerminal: false, columns: 80, useColors: false, now: () => 0 };
  const seat = { env: {}, screen, process: { stdout: { write() {} }, stderr: { write() {} } } };
  console.log = () => {};
  await (await commands[name].loader()).call(seat, {}, ...args);
  const names = ["read", "write", "run", "env", "net", "sys", "ffi"];
  const left = names.filter((name) => Deno.permissions.querySync({ name }).state === "granted");
  await Deno.stdout.write(new TextEncoder().encode(left.join(" ")));
`;

const needed: readonly [command: string, args: readonly string[], left: string][] = [
  ["check", [], "read env"],
  ["status", [], "read env"],
  ["jobs", [], "read env"],
  ["job", ["a"], "read env"],
  ["log", ["a"], "read env"],
  ["doctor", [], "read run env"],
  ["next", [], "read env"],
  ["why", ["echo"], "read env"],
  ["backup", ["/dev/null"], "read write env"],
  ["verify", ["/dev/null"], "read env"],
  ["pause", ["echo"], "read write env"],
  ["resume", ["echo"], "read write env"],
  ["audit", [], "read env"],
  ["completions", ["bash"], ""],
  ["init", ["/dev/null"], "read write"],
  ["newPlugin", ["echo"], "read write env"],
  ["checkPlugin", [new URL("../../plugins/echo", import.meta.url).pathname], "read write run env"],
];
for (const [command, args, left] of needed) {
  Deno.test(`${command} drops the permissions that it does not need: ${left || "all"}`, async () => {
    const url = new URL("../../src/operator/commands.ts", import.meta.url).href;
    const code = PROBE.replace("COMMANDS", url);
    const ran = await run(Deno.execPath(), ["eval", "--quiet", code, command, ...args]);
    assert.equal(ran.stdout, left, ran.stderr);
  });
}
