/** Runs every fault test and prints the injected faults: `deno task test:faults [--long] [--seed N]`. */
import { parseArgs } from "node:util";
import type { FaultRow } from "../support/campaign.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { long: { type: "boolean", default: false }, seed: { type: "string" } },
});
const table = Deno.makeTempFileSync({ prefix: "senechal-faults-" });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "--no-prompt", "--allow-all", "--parallel", import.meta.dirname ?? "tests/faults"],
  env: {
    FAULT_TABLE: table,
    ...(values.long && { FAULT_LONG: "1" }),
    ...(values.seed !== undefined && { FAULT_SEED: values.seed }),
  },
}).spawn().status;

const rows: FaultRow[] = Deno.readTextFileSync(table).trim().split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));
Deno.removeSync(table);
console.log("\n| fault | times | outcome | seed | new |\n| --- | --- | --- | --- | --- |");
for (
  const { fault, times, outcome, seed, isNew } of rows.sort((a, b) => a.fault < b.fault ? -1 : 1)
) {
  console.log(`| ${fault} | ${times} | ${outcome} | ${seed ?? ""} | ${isNew ? "new" : ""} |`);
}
Deno.exitCode = code;
