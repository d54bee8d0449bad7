import fc from "fast-check";
import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/operator/command_line.ts";

const start = (config: string) => ({ command: "start", config });

const lines: readonly [args: readonly string[], wanted: unknown][] = [
  [["start"], start("./config.yaml")],
  [["start", "--config", "a.yaml"], start("a.yaml")],
  [["start", "--config=a.yaml"], start("a.yaml")],
  [["start", "-c", "a.yaml"], start("a.yaml")],
  [["--config", "a.yaml", "start"], start("a.yaml")],
  [["start", "--config", "a.yaml", "--config", "b.yaml"], start("b.yaml")],
  [["--help"], { command: "help" }],
  [["start", "-h"], { command: "help" }],
  [["--version"], { command: "version" }],
  [["-V"], { command: "version" }],
];
for (const [args, wanted] of lines) {
  Deno.test(`senechal-gw ${args.join(" ")} is understood`, () => {
    assert.deepEqual(parseCommandLine(args), wanted);
  });
}

const mistakes: readonly [args: readonly string[], error: string][] = [
  [[], "a command is missing"],
  [["strat"], "unknown command 'strat'\n(Did you mean start?)"],
  [["poll"], "unknown command 'poll'"],
  [["start", "--conf", "x"], "unknown option '--conf'\n(Did you mean --config?)"],
  [["start", "--verbose"], "unknown option '--verbose'"],
  [["start", "-x"], "unknown option '-x'"],
  [["start", "extra", "words"], "too many arguments for 'start': extra words"],
  [["start", "--config"], "option '-c, --config <path>' argument missing"],
  [["start", "--config="], "option '-c, --config <path>' argument missing"],
];
for (const [args, error] of mistakes) {
  Deno.test(`senechal-gw ${args.join(" ")} is refused with a way out`, () => {
    assert.deepEqual(parseCommandLine(args), {
      command: "none",
      error: `error: ${error}\nTry senechal-gw --help`,
    });
  });
}

Deno.test("no arguments make the parser throw", () => {
  fc.assert(fc.property(fc.array(fc.string()), (args) => {
    assert.ok(parseCommandLine(args).command.length > 0);
  }));
});
