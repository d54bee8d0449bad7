import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.ts";

/** What the command line asks for. */
export type CommandLine =
  | { readonly command: "start"; readonly config: string }
  | { readonly command: "help" }
  | { readonly command: "version" }
  | { readonly command: "none"; readonly error: string };

/** What `--help` prints. */
export const HELP = `Usage: senechal-gw start [--config <path>]

Runs one person's integrations unattended, in the foreground, until ctrl-C.

Options:
  -c, --config <path>  the config file (default: "./config.yaml")
  -h, --help           this text
  -V, --version        the version number`;

const OPTIONS = {
  config: { type: "string", short: "c" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;
const COMMANDS = ["start"];

/**
 * Reads the arguments of the program. Deno's own parser does it: a library for command lines would
 * take a third of the time that the program needs to start.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  let config = "./config.yaml";
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help" || token.name === "version") return { command: token.name };
    if (token.name !== "config") return refuse(describeUnknown("option", token.rawName));
    if (!token.value) return refuse("option '-c, --config <path>' argument missing");
    config = token.value;
  }
  const [command, ...others] = words;
  if (command === undefined) return refuse("a command is missing");
  if (command !== "start") return refuse(describeUnknown("command", command));
  if (others.length > 0) return refuse(`too many arguments for 'start': ${others.join(" ")}`);
  return { command, config };
}

function refuse(error: string): CommandLine {
  return { command: "none", error: `error: ${error}\nTry senechal-gw --help` };
}

function describeUnknown(kind: "option" | "command", word: string): string {
  const known = kind === "command" ? COMMANDS : Object.keys(OPTIONS).map((name) => `--${name}`);
  const guess = nearest(word, known);
  return `unknown ${kind} '${word}'${guess === undefined ? "" : `\n(Did you mean ${guess}?)`}`;
}
