import { messageOf, osErrorNumber } from "../base/error_message.ts";
import { readShebangLine } from "./shebang.ts";

/** Why a program could not be started. */
export interface StartFailure {
  /** For people: what could not be started, and the likely cause. */
  readonly error: string;
  /** Whether the machine has no room for it just now, so that it may be started later. */
  readonly isPassing: boolean;
  /** Whether only a line on stderr says so, which the program itself may have written. */
  readonly isHearsay?: boolean;
}

/** What passes by itself: EAGAIN, ENOMEM, ENFILE, EMFILE, ETXTBSY, and EAGAIN of macOS. */
const PASSING_ERRNOS = new Set([11, 12, 23, 24, 26, 35]);

/** The same in the words of `strerror`, as setsid prints them. */
const PASSING_REASONS = new Set([
  "Resource temporarily unavailable",
  "Cannot allocate memory",
  "Too many open files in system",
  "Text file busy",
]);

/**
 * Says why a program could not be started. The system reports a missing interpreter as if the script
 * itself were missing, so the first line of the script is checked.
 */
export function explainSpawnError(entrypoint: string, cwd: string, error: unknown): StartFailure {
  return {
    error: describe(entrypoint, likelyCause(entrypoint, cwd, error)),
    isPassing: PASSING_ERRNOS.has(osErrorNumber(error) ?? 0),
  };
}

/** What a program that has ended left to judge it by. */
interface Exited {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * Says why setsid(1) could not become the program; `undefined` if it could, whatever the program then
 * did. It says so in one line, of which only its own name and the path are not translated, and ends
 * with 127 if something is missing and 126 otherwise, as `env` does.
 */
export function explainSetsidFailure(
  entrypoint: string,
  cwd: string,
  { code, stdout, stderr }: Exited,
): StartFailure | undefined {
  if ((code !== 126 && code !== 127) || stdout.length > 0) return undefined;
  const [line = "", ...more] = new TextDecoder().decode(stderr).trimEnd().split("\n");
  if (more.length > 0 || !line.startsWith("setsid: ") || !line.includes(entrypoint)) {
    return undefined;
  }
  const reason = line.slice(line.lastIndexOf(": ") + 2);
  const message = `Failed to spawn '${entrypoint}': ${reason}`;
  const isPassing = PASSING_REASONS.has(reason);
  const error = code === 127
    ? new Deno.errors.NotFound(`${message} (os error 2)`)
    : isPassing || (reason !== "Permission denied" && mayBeExecuted(entrypoint))
    ? new Error(message)
    : new Deno.errors.PermissionDenied(message);
  return {
    error: describe(entrypoint, likelyCause(entrypoint, cwd, error)),
    isPassing,
    isHearsay: true,
  };
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

function mayBeExecuted(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
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
