import { ExitCode } from "../base/exit_code.ts";
import { loadConfig } from "../config/config.ts";
import { describeConfigProblem } from "../document/problem.ts";
import { logBadConfig } from "./bad_config.ts";
import { runGateway, type Surroundings } from "./gateway.ts";

/** The most problems that a person reads at once. */
const MAX_PROBLEMS = 50;

/** Runs the gateway with the config at `path` until it is asked to stop; returns the exit code. */
export async function startGateway(path: string, around: Surroundings): Promise<ExitCode> {
  const loaded = loadConfig(path, (name) => around.env[name]);
  if (loaded.ok) return await runGateway(loaded.config, around);
  for (const problem of loaded.problems.slice(0, MAX_PROBLEMS)) {
    around.complain(describeConfigProblem(problem));
  }
  const more = loaded.problems.length - MAX_PROBLEMS;
  if (more > 0) around.complain(`and ${more} more problems`);
  await logBadConfig(loaded.problems, around.writeStdout);
  return ExitCode.badConfig;
}
