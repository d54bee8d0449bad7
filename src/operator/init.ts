import { join, resolve } from "node:path";
import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import type { Seat } from "./command.ts";
import { createFiles } from "./create_files.ts";
import { configPath } from "./definition.ts";
import { print } from "./print.ts";
import { FIRST_FILES } from "./templates.ts";

/**
 * Writes what a gateway needs into `folder`, which need not exist, and returns the program's exit code.
 * Writes nothing if any of these files is there. The next command names the config unless it finds it by itself.
 */
export function initFolder(seat: Seat, folder: string): ExitCode {
  const created = createFiles(resolve(folder), FIRST_FILES);
  if (!created.ok) {
    complain(`Cannot set up ${resolve(folder)}: ${created.error}`);
    return ExitCode.failure;
  }
  const path = join(folder, "config.yaml");
  const isFound = resolve(configPath({}, seat)) === resolve(path);
  const config = isFound ? "" : ` --config ${quote(path)}`;
  return print(
    [
      ...FIRST_FILES.map(({ path }) => `wrote ${path}`),
      `next: senechal-gw start${config}`,
    ].join("\n"),
  );
}

/** A path as a shell takes it for one word. */
function quote(path: string): string {
  return /^[\w./@:+,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
