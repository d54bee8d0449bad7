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
