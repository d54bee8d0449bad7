/** The entry point. It imports little, so that it can report a Deno too old for the rest. */
import { complain } from "./base/complain.ts";
import { ExitCode } from "./base/exit_code.ts";
import { describeOldDeno } from "./base/version.ts";

const tooOld = describeOldDeno(Deno.version.deno);
if (tooOld !== undefined) {
  complain(tooOld);
  Deno.exit(ExitCode.failure);
}
const { runProgram } = await import("./program.ts");
Deno.exit(await runProgram(Deno.args));
