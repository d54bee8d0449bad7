import { Command, CommanderError } from "commander";
import { loadConfig } from "./config/config.ts";
import { ExitCode } from "./exit_code.ts";
import { runGateway } from "./gateway.ts";
import { VERSION } from "./version.ts";

/** As many problems as a person reads at once. */
const MAX_PROBLEMS = 50;

/** Runs the command that `argv` names and returns the program's exit code. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = new Command("senechal-gw")
    .description("Runs one person's integrations unattended")
    .version(VERSION)
    .showSuggestionAfterError()
    .exitOverride();
  program.command("start")
    .description("run in the foreground until ctrl-C")
    .option("-c, --config <path>", "the config file", "./config.yaml")
    .allowExcessArguments(false)
    .action(async ({ config }: { config: string }) => {
      code = await start(config);
    });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFault(error);
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
}

async function start(configPath: string): Promise<ExitCode> {
  const loaded = loadConfig(configPath, (name) => Deno.env.get(name));
  if (!loaded.ok) {
    for (const problem of loaded.problems.slice(0, MAX_PROBLEMS)) complain(problem);
    const more = loaded.problems.length - MAX_PROBLEMS;
    if (more > 0) complain(`and ${more} more problems`);
    return ExitCode.badConfig;
  }
  return await runGateway(loaded.config, {
    env: Deno.env.toObject(),
    writeStdout: (bytes) => Deno.stdout.write(bytes),
    complain,
  });
}

function complain(line: string): void {
  console.error(line);
}

function reportFault(error: unknown): ExitCode {
  complain(`Internal error: ${error instanceof Error ? error.message : String(error)}`);
  return ExitCode.failure;
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args));
}
