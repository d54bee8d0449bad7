/** The program's entry. It imports little, so that a Deno too old for the rest can say so in one line. */
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
