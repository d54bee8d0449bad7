import { dirname } from "node:path";
import { complain } from "./base/complain.ts";
import { ExitCode } from "./base/exit_code.ts";
import {
  audit,
  backup,
  check,
  checkPlugin,
  completions,
  doctor,
  init,
  job,
  jobs,
  log,
  newPlugin,
  next,
  pause,
  resume,
  start,
  status,
  verify,
  why,
} from "./operator/commands.ts";
import { type Around, type Commands, propose, runCommand } from "./operator/command.ts";
import { print } from "./operator/print.ts";
import { createScreen } from "./operator/screen.ts";
import { ADDED, searchPath } from "./plugin/environment.ts";

/** Every command, by name. The code of a command is loaded when it runs. */
const COMMANDS: Commands = {
  init,
  new: newPlugin,
  start: start(async () => {
    const { startGateway } = await import("./gateway/start.ts");
    return (config, env) => startGateway(config, surroundings(env));
  }),
  status,
  jobs,
  job,
  log,
  doctor,
  next,
  why,
  pause,
  resume,
  audit,
  check,
  "check-plugin": checkPlugin,
  backup,
  verify,
  completions,
};

type Env = Readonly<Record<string, string>>;

/** The command with which the gateway checks its database in another process. */
const QUICK_CHECK = "quick-check";
/** The command with which the scripts of `completions` ask for proposals. */
const COMPLETE = "complete";

/** Runs the command that `args` name and returns the program's exit code. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  const [word, ...others] = args;
  const [path] = others;
  if (word === QUICK_CHECK && path !== undefined) return await quickCheck(path);
  // If a plugin started this program, it is not one of the plugin's processes.
  for (const name of ADDED) Deno.env.delete(name);
  // To find the tools that list processes; and a plugin finds the Deno that runs this program.
  Deno.env.set("PATH", searchPath(Deno.env.get("PATH"), denoFolder()));
  const env = Deno.env.toObject();
  const around = { env, screen: screenOf(env) };
  if (word === COMPLETE) return await complete(others, around);
  return await runCommand(COMMANDS, args, around);
}

/** Where the Deno is that runs this program; a compiled program needs none. */
function denoFolder(): string | undefined {
  return Deno.build.standalone ? undefined : dirname(Deno.execPath());
}

function screenOf({ COLUMNS }: Env) {
  const widthOf = () => Deno.consoleSize().columns;
  const isTerminal = Deno.stdout.isTerminal();
  const useColors = isTerminal && !Deno.noColor;
  return createScreen(widthOf, COLUMNS, { isTerminal, useColors, now: Date.now });
}

async function complete(words: readonly string[], around: Around): Promise<ExitCode> {
  const proposed = await propose(COMMANDS, words, around);
  return proposed.length === 0 ? ExitCode.ok : print(proposed.join("\n"));
}

/** Runs with permission to read only. */
async function quickCheck(path: string): Promise<ExitCode> {
  const { describeCheck } = await import("./sqlite/integrity.ts");
  return print(describeCheck(path).trimEnd());
}

function surroundings(env: Env) {
  return {
    env,
    writeStdout: (bytes: Uint8Array) => Deno.stdout.write(bytes),
    complain,
    isTerminal: Deno.stdout.isTerminal(),
    useColors: Deno.stdout.isTerminal() && !Deno.noColor,
    checkCommand: [...ownCommand(), QUICK_CHECK],
  };
}

/** The command line of this program, with permission to read only. */
function ownCommand(): string[] {
  return Deno.build.standalone
    ? [Deno.execPath()]
    : [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read", Deno.mainModule];
}
