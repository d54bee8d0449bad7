import { atMost, describeProblem, type FileProblem } from "../document/problem.ts";
import { openLog } from "../log/log.ts";
import { StdoutWriter, type WriteBytes } from "../log/stdout_writer.ts";

/** As many problems as the log is given. */
const MAX_LOGGED = 20;

/**
 * Says in the log why the config cannot be used, a line a problem. The lines look as they do by
 * default, since what the config says of them cannot be relied on.
 */
export async function logBadConfig(
  problems: readonly FileProblem[],
  writeStdout: WriteBytes,
): Promise<void> {
  const writer = new StdoutWriter(writeStdout, () => {});
  const look = { level: "info", format: "json", useColors: false } as const;
  const log = openLog(look, writer, Date.now)("config");
  for (const problem of atMost(MAX_LOGGED, problems)) {
    log.error("Config cannot be used", { error: describeProblem(problem) });
  }
  await writer.flush();
}
