import assert from "node:assert/strict";
import { groupIsAlive } from "../../src/process/group.ts";
import { type ProcessOptions, type ProcessResult, runProcess } from "../../src/process/process.ts";
import { until } from "../support/wait.ts";

const A_MINUTE_MS = 60_000;

/** Runs a bash script as a plugin, in a folder of its own, and sees that nothing is left of it. */
async function run(script: string, changes: Partial<ProcessOptions> = {}): Promise<ProcessResult> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-process-" }));
  Deno.writeTextFileSync(`${folder}/run.sh`, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  let group = 0;
  const result = await runProcess({
    entrypoint: `${folder}/run.sh`,
    cwd: folder,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    input: new TextEncoder().encode("the request\n"),
    timeoutMs: A_MINUTE_MS,
    interrupt: new AbortController().signal,
    ...changes,
    onSpawn: (pid) => {
      group = pid;
      changes.onSpawn?.(pid);
    },
  });
  if (group !== 0) await until("the end of the group", () => !groupIsAlive(group) || undefined);
  Deno.removeSync(folder, { recursive: true });
  return result;
}

function textOf(result: ProcessResult): string {
  assert.equal(result.kind, "ended");
  return result.kind === "ended" ? new TextDecoder().decode(result.stdout.bytes) : "";
}

Deno.test("a process is fed, read, and told by its exit code", async () => {
  const result = await run("cat; echo oops >&2; exit 3");
  assert.equal(textOf(result), "the request\n");
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.exitCode, result.signal], ["exit", 3, undefined]);
  assert.equal(new TextDecoder().decode(result.stderr.bytes), "oops\n");
});

Deno.test("it runs in its own folder and group, and sees the given environment only", async () => {
  const result = await run("echo $PWD $(ps -o pgid= -p $$) $$; env");
  const [first = "", ...env] = textOf(result).trim().split("\n");
  const [cwd, group, pid] = first.split(" ");
  assert.match(cwd ?? "", /senechal-process-/);
  assert.equal(group, pid);
  const names = env.map((line) => line.split("=")[0]).sort();
  assert.deepEqual(names, ["PATH", "PWD", "SHLVL", "_"]); // the latter three are bash's own
});

Deno.test("at its deadline it gets SIGTERM, and may end in its own way", async () => {
  const result = await run("trap 'echo bye; exit 0' TERM; sleep 99 & wait", { timeoutMs: 100 });
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.exitCode], ["timeout", 0]);
});

Deno.test("what ignores SIGTERM gets SIGKILL after the grace", async () => {
  const result = await run("trap '' TERM; while :; do sleep 0.02; done", {
    timeoutMs: 100,
    limits: { killGraceMs: 100 },
  });
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.signal], ["timeout", "SIGKILL"]);
});

Deno.test("an interrupt ends it as its deadline would, and is told apart", async () => {
  const interrupt = new AbortController();
  const result = await run("sleep 99", {
    interrupt: interrupt.signal,
    onSpawn: () => interrupt.abort(),
  });
  assert.equal(result.kind === "ended" && result.cause, "interrupted");
});

Deno.test("children that it leaves in its group are killed, and its answer counts", async () => {
  const result = await run("sleep 99 & echo answer");
  assert.equal(textOf(result), "answer\n");
  assert.equal(result.kind === "ended" && result.leftChildren, true);
  assert.equal(result.kind === "ended" && result.cause, "exit");
});

Deno.test("pipes held by a child in a session of its own are let go after the drain", async () => {
  const result = await run("setsid sleep 3 & echo answer", { limits: { drainMs: 50 } });
  assert.equal(textOf(result), "answer\n");
});

Deno.test("what cannot be started is a value, not an exception", async () => {
  const result = await run("", { entrypoint: "/no/such/program" });
  assert.deepEqual(result, {
    kind: "not spawned",
    error: "Cannot start /no/such/program: it does not exist any more",
  });
});
