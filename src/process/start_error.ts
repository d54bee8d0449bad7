import { messageOf, osErrorNumber } from "../base/error_message.ts";
import { readShebangLine } from "./shebang.ts";

/** Why a program could not be started. */
export interface StartFailure {
  /** For people: what could not be started, and the likely cause. */
  readonly error: string;
  /** Whether that may pass, so that a later start may succeed. */
  readonly isPassing: boolean;
  /** Whether the program, or the folder that it runs in, is not there. */
  readonly isMissing: boolean;
}

/** What passes by itself: EAGAIN, ENOMEM, ENFILE, EMFILE, ETXTBSY, and EAGAIN of macOS. */
const PASSING_ERRNOS = new Set([11, 12, 23, 24, 26, 35]);

/**
 * Says why a program could not be started. The system reports a missing interpreter as if the script
 * itself were missing, so this checks the first line of the script.
 */
export async function explainSpawnError(
  entrypoint: string,
  cwd: string,
  error: unknown,
): Promise<StartFailure> {
  return {
    error: describe(entrypoint, await likelyCause(entrypoint, cwd, error)),
    isPassing: PASSING_ERRNOS.has(osErrorNumber(error) ?? 0),
    isMissing: !exists(cwd) || !exists(entrypoint),
  };
}

/** What is known of a program that has ended. */
interface Exited {
  readonly exitCode: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * Whether setsid(1) may have failed to become the program. It says so in one line, translated except for
 * its own name and the path, and exits with 127 if something is missing and 126 otherwise, as `env` does.
 * The program itself may have written and done the same.
 */
export function resemblesSetsidFailure(
  entrypoint: string,
  { exitCode, stdout, stderr }: Exited,
): boolean {
  if ((exitCode !== 126 && exitCode !== 127) || stdout.length > 0) return false;
  const [line = "", ...more] = new TextDecoder().decode(stderr).trimEnd().split("\n");
  return more.length === 0 && line.startsWith("setsid: ") && line.includes(entrypoint);
}

/**
 * Says why a script whose first line asks `env` for its interpreter did not start, if the cause is
 * a CRLF; otherwise `undefined`.
 *
 * @param exitCode `env` exits with 127 if it does not find the program. Source: POSIX.1-2024, `env`.
 */
export async function explainEnvFailure(
  entrypoint: string,
  exitCode: number | undefined,
): Promise<string | undefined> {
  const line = exitCode === 127 ? await readShebangLine(entrypoint) : undefined;
  return line?.endsWith("\r") ? describe(entrypoint, CRLF) : undefined;
}

const CRLF =
  "its first line ends in CRLF, so the interpreter is not found; save it with Unix line endings";

function describe(entrypoint: string, cause: string): string {
  return `Cannot start ${entrypoint}: ${cause}`;
}

async function likelyCause(entrypoint: string, cwd: string, error: unknown): Promise<string> {
  const message = messageOf(error);
  if (!exists(cwd)) return `its folder ${cwd} no longer exists`;
  if (!exists(entrypoint)) return "it no longer exists";
  if (error instanceof Deno.errors.PermissionDenied) {
    return `it is not executable, or its folder or interpreter cannot be reached; run chmod +x ${entrypoint}`;
  }
  if (error instanceof Deno.errors.NotFound) {
    const shebang = await readShebangLine(entrypoint);
    if (shebang?.endsWith("\r")) return CRLF;
    const interpreter = shebang?.slice(2).trim().split(/\s/)[0];
    return interpreter === undefined
      ? `${message}; its dynamic loader may be missing`
      : `its interpreter ${interpreter} does not exist; install it or change the first line`;
  }
  return message;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
