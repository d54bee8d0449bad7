import { complain } from "../base/complain.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";

/**
 * Prints the result of a command on stdout.
 *
 * @returns `failure` if it cannot write to stdout, which it says on stderr.
 */
export function print(text: string): ExitCode {
  try {
    console.log(text);
    return ExitCode.ok;
  } catch (error) {
    complain(`Cannot write to stdout: ${messageOf(error)}`);
    return ExitCode.failure;
  }
}

/**
 * Prints what a command found so far, before it goes on. Unlike {@link print}, it notices when nobody reads
 * stdout any more, as after `| head`.
 *
 * @returns the exit code with which to end; `undefined` to go on.
 */
export async function printOn(text: string): Promise<ExitCode | undefined> {
  const bytes = new TextEncoder().encode(text + "\n");
  try {
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return ExitCode.ok;
    complain(`Cannot write to stdout: ${messageOf(error)}`);
    return ExitCode.failure;
  }
}
