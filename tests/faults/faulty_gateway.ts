/**
 * The real gateway with one fault: `faulty_gateway.ts CONFIG CHECKPOINT NTH FAULT [FILE]` triggers the
 * fault when the program reaches CHECKPOINT for the NTH time. `kill` sends itself SIGKILL; `fill` writes
 * FILE until its disk is full; `limit` sets the file-size limit of the process to the size of FILE;
 * `throw` throws, as a bug in the gateway would; `stray` rejects a promise that no code awaits; `leap`
 * sets the wall clock, as this process sees it, three years forward.
 */
import type { Checkpoint } from "../../src/base/checkpoint.ts";
import { loadConfig } from "../../src/config/config.ts";
import { describeProblem } from "../../src/document/problem.ts";
import { runGateway } from "../../src/gateway/gateway.ts";

const [configPath = "", checkpoint = "", nth = "1", fault = "", file = ""] = Deno.args;
const THREE_YEARS_MS = 3 * 365 * 86_400_000;
let reached = 0;
let leaptMs = 0;

const realNow = Date.now;
Date.now = () => realNow() + leaptMs;

function onCheckpoint(at: Checkpoint): void {
  if (at !== checkpoint || ++reached !== Number(nth)) return;
  if (fault === "kill") Deno.kill(Deno.pid, "SIGKILL");
  else if (fault === "stray") Promise.reject(new TypeError(`fault at "${at}"`));
  else if (fault === "leap") leaptMs = THREE_YEARS_MS;
  else if (fault === "throw") throw new TypeError(`fault at "${at}"`);
  else if (fault === "fill") fillDisk(file);
  else limitFileSize(file);
}

function fillDisk(path: string): void {
  using filler = Deno.openSync(path, { create: true, write: true });
  for (let size = 65_536; size >= 1;) {
    try {
      if (filler.writeSync(new Uint8Array(size)) < size) size /= 2;
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

function limitFileSize(path: string): void {
  const limit = `--fsize=${Deno.statSync(path).size}:unlimited`;
  new Deno.Command("prlimit", { args: ["--pid", String(Deno.pid), limit] }).outputSync();
}

const loaded = loadConfig(configPath, () => undefined);
if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join("\n"));
Deno.exitCode = await runGateway(loaded.config, {
  env: Deno.env.toObject(),
  writeStdout: (bytes) => Deno.stdout.write(bytes),
  complain: console.error,
  isTerminal: false,
  useColors: false,
  onCheckpoint,
});
