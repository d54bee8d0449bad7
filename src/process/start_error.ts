import { messageOf } from "../base/error_message.ts";
import { readShebangLine } from "./shebang.ts";

/**
 * Says why a program could not be started. The system reports a missing interpreter as if the script
 * itself were missing, so the first line of the script is checked.
 */
export function explainSpawnError(entrypoint: string, cwd: string, error: unknown): string {
  return describe(entrypoint, likelyCause(entrypoint, cwd, error));
}

/**
 * Says why a script whose first line asks `env` for its interpreter did not start, if the cause is
 * a CRLF; `undefined` for every other ending.
 *
 * @param exitCode `env` ends with 127 if it does not find the program. Source: POSIX.1-2024, `env`.
 */
export function explainEnvFailure(entrypoint: string, exitCode: number): string | undefined {
  if (exitCode !== 127 || !firstLine(entrypoint)?.endsWith("\r")) return undefined;
  return describe(entrypoint, CRLF);
}

const CRLF =
  "its first line ends in CRLF, so the interpreter is not found; save it with Unix line ends";

function describe(entrypoint: string, cause: string): string {
  return `Cannot start ${entrypoint}: ${cause}`;
}

function likelyCause(entrypoint: string, cwd: string, error: unknown): string {
  const message = messageOf(error);
  if (!exists(cwd)) return `its folder ${cwd} does not exist any more`;
  if (!exists(entrypoint)) return "it does not exist any more";
  if (error instanceof Deno.errors.PermissionDenied) {
    return `it is not executable, or its folder or interpreter cannot be reached; run chmod +x ${entrypoint}`;
  }
  const shebang = firstLine(entrypoint);
  if (error instanceof Deno.errors.NotFound) {
    if (shebang?.endsWith("\r")) return CRLF;
    const interpreter = shebang?.slice(2).trim().split(/\s/)[0];
    return interpreter === undefined
      ? `${message}; the loader it was linked for may be missing`
      : `its interpreter ${interpreter} does not exist; install it or change the first line`;
  }
  return message;
}

function firstLine(path: string): string | undefined {
  try {
    return readShebangLine(path);
  } catch {
    return undefined; // the error is explained without it
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
