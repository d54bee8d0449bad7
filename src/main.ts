import { complain } from "./base/complain.ts";
import { messageOf } from "./base/error_message.ts";
import { ExitCode } from "./base/exit_code.ts";
import { describeOldDeno, VERSION } from "./base/version.ts";
import { loadConfig } from "./config/config.ts";
import { describeProblem } from "./document/problem.ts";
import { logBadConfig } from "./gateway/bad_config.ts";
import { runGateway } from "./gateway/gateway.ts";
import { HELP, parseCommandLine } from "./operator/command_line.ts";
import { ADDED, searchPath } from "./plugin/environment.ts";
import { describeCheck } from "./sqlite/integrity.ts";

/** The command by which the program runs itself; no command of an operator. */
const QUICK_CHECK = "quick-check";

/** As many problems as a person reads at once. */
const MAX_PROBLEMS = 50;

/** Does what `args` ask for and returns the program's exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const tooOld = describeOldDeno(Deno.version.deno);
  if (tooOld !== undefined) {
    complain(tooOld);
    return ExitCode.failure;
  }
  const line = parseCommandLine(args);
  if (line.command === "start") return await start(line.config).catch(reportFault);
  if (line.command === "none") {
    complain(line.error);
    return ExitCode.usage;
  }
  return print(line.command === "help" ? HELP : VERSION);
}

async function start(configPath: string): Promise<ExitCode> {
  // A plugin may have started this gateway, which is none of its processes.
  for (const name of ADDED) Deno.env.delete(name);
  const loaded = loadConfig(configPath, (name) => Deno.env.get(name));
  if (!loaded.ok) {
    for (const problem of loaded.problems.slice(0, MAX_PROBLEMS)) {
      complain(describeProblem(problem));
    }
    const more = loaded.problems.length - MAX_PROBLEMS;
    if (more > 0) complain(`and ${more} more problems`);
    await logBadConfig(loaded.problems, writeStdout);
    return ExitCode.badConfig;
  }
  return await runGateway(loaded.config, {
    env: Deno.env.toObject(),
    writeStdout,
    complain,
    useColors: Deno.stdout.isTerminal() && !Deno.noColor,
    checkCommand: [...ownCommand(), QUICK_CHECK],
  });
}

/** Runs this program once more, with the right to read only. */
function ownCommand(): string[] {
  return Deno.build.standalone
    ? [Deno.execPath()]
    : [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read", Deno.mainModule];
}

function writeStdout(bytes: Uint8Array): Promise<number> {
  return Deno.stdout.write(bytes);
}

function print(text: string): ExitCode {
  try {
    console.log(text);
    return ExitCode.ok;
  } catch (error) {
    complain(`Cannot write to stdout: ${messageOf(error)}`);
    return ExitCode.failure;
  }
}

function reportFault(error: unknown): ExitCode {
  complain(`Internal error: ${messageOf(error)}`);
  return ExitCode.failure;
}

if (import.meta.main) {
  const [word, path] = Deno.args;
  if (word === QUICK_CHECK && path !== undefined) Deno.exit(print(describeCheck(path).trimEnd()));
  Deno.env.set("PATH", searchPath(Deno.env.get("PATH"))); // for what lists processes
  Deno.exit(await main(Deno.args));
}
