import { asIs } from "../base/redact.ts";
import { atMost, describeConfigProblem, type FileProblem } from "../document/problem.ts";
import { openLog } from "../log/log.ts";
import { StdoutWriter, type WriteBytes } from "../log/stdout_writer.ts";

/** The most problems that the log gets. */
const MAX_LOGGED = 20;

/**
 * Logs why the config cannot be used, one line for each problem, as JSON: the config's own setting cannot
 * be trusted, and a person at a terminal reads the same on stderr.
 */
export async function logBadConfig(
  problems: readonly FileProblem[],
  writeStdout: WriteBytes,
): Promise<void> {
  const writer = new StdoutWriter(writeStdout, () => {});
  const look = { level: "info", format: "json", useColors: false, redact: asIs } as const;
  const log = openLog(look, writer, Date.now)("config");
  for (const problem of atMost(MAX_LOGGED, problems)) {
    log.error("Config cannot be used", { error: describeConfigProblem(problem) });
  }
  await writer.flush();
}
