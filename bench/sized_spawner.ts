/**
 * Grows to a resident size in MiB. For each line of stdin, runs a plugin that many times and prints the
 * median time of a run in milliseconds.
 */
import { findSetsid, runProcess } from "../src/process/process.ts";
import { summarize, timeAsync } from "./support.ts";

const [entrypoint = "", residentMiB = "0"] = Deno.args;

const ballast: Uint8Array[] = [];
while (Deno.memoryUsage().rss < Number(residentMiB) * 2 ** 20) {
  ballast.push(new Uint8Array(2 ** 20).fill(1)); // written to, so that it is resident
}

async function run(): Promise<void> {
  const result = await runProcess({
    entrypoint,
    cwd: "/",
    env: {},
    input: new Uint8Array(),
    timeoutMs: 60_000,
    interrupt: new AbortController().signal,
    onSpawn: () => {},
    setsid: findSetsid(),
    markedBy: "SENECHAL_JOB_ID",
  });
  if (result.kind !== "ended") throw new Error(result.error);
}

const buffer = new Uint8Array(64);
for (let n = await Deno.stdin.read(buffer); n !== null; n = await Deno.stdin.read(buffer)) {
  const rounds = Number(new TextDecoder().decode(buffer.subarray(0, n)));
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await timeAsync(run));
  console.log(summarize(times).median);
}
if (ballast.length > 2 ** 20) console.error("the ballast is kept to here");
