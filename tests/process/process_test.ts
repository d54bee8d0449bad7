import assert from "node:assert/strict";
import {
  findSetsid,
  type ProcessOptions,
  type ProcessResult,
  runProcess,
} from "../../src/process/process.ts";
import { groupExists } from "../../src/process/signal.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const A_MINUTE_MS = 60_000;

/** Runs a bash script as a plugin, in its own folder, and asserts that no process is left. */
type Run = (script: string, changes?: Partial<ProcessOptions>) => Promise<ProcessResult>;

async function runScript(
  script: string,
  changes: Partial<ProcessOptions> = {},
): Promise<ProcessResult> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-process-" }));
  Deno.writeTextFileSync(`${folder}/run.sh`, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  let group = 0;
  const result = await runProcess({
    entrypoint: `${folder}/run.sh`,
    cwd: folder,
    env: { PATH: Deno.env.get("PATH") ?? "", MARK: crypto.randomUUID() },
    setsid: findSetsid(),
    markedBy: "MARK",
    input: new TextEncoder().encode("the request\n"),
    timeoutMs: A_MINUTE_MS,
    interrupt: new AbortController().signal,
    ...changes,
    onSpawn: (pid) => {
      group = pid;
      changes.onSpawn?.(pid);
    },
  });
  if (group !== 0) await until("the end of the group", () => !groupExists(group) || undefined);
  Deno.removeSync(folder, { recursive: true });
  return result;
}

function textOf(result: ProcessResult): string {
  assert.equal(result.kind, "ended");
  return result.kind === "ended" ? new TextDecoder().decode(result.stdout.bytes) : "";
}

/** Defines a test for both ways to spawn: with setsid(1), and on a system without it. */
function test(name: string, body: (run: Run) => Promise<void>): void {
  for (const setsid of [findSetsid(), undefined]) {
    const way = setsid === undefined ? "detached" : "setsid";
    Deno.test(`${name} (${way})`, () =>
      body((script, changes) => runScript(script, { setsid, ...changes })));
  }
}

test("a process is fed and read, and its exit code is known", async (run) => {
  const result = await run("cat; echo oops >&2; exit 3", { timeoutMs: 10_000 });
  assert.equal(textOf(result), "the request\n");
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.exitCode, result.signal], ["exit", 3, undefined]);
  assert.equal(new TextDecoder().decode(result.stderr.bytes), "oops\n");
});

test("it runs in its own folder and group, and sees only the given environment", async (run) => {
  const result = await run("echo $PWD $(ps -o pgid= -p $$) $$; env");
  const [first = "", ...env] = textOf(result).trim().split("\n");
  const [cwd, group, pid] = first.split(" ");
  assert.match(cwd ?? "", /senechal-process-/);
  assert.equal(group, pid);
  const names = env.map((line) => line.split("=")[0]).sort();
  assert.deepEqual(names, ["MARK", "PATH", "PWD", "SHLVL", "_"]); // the latter three are bash's own
});

test("at its deadline it gets SIGTERM, and may end by itself", async (run) => {
  const result = await run("trap 'echo bye; exit 0' TERM; sleep 99 & wait", { timeoutMs: 100 });
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.exitCode], ["timeout", 0]);
  assert.equal(result.leftovers.kind, "none", "children end with it, which is no surprise");
});

test("a process that ignores SIGTERM gets SIGKILL after the grace", async (run) => {
  const result = await run("trap '' TERM; while :; do sleep 0.02; done", {
    timeoutMs: 100,
    limits: { killGraceMs: 100 },
  });
  assert.ok(result.kind === "ended");
  assert.deepEqual([result.cause, result.signal], ["timeout", "SIGKILL"]);
});

test("an interrupt ends it as its deadline would, with its own cause", async (run) => {
  const interrupt = new AbortController();
  const result = await run("sleep 99", {
    interrupt: interrupt.signal,
    onSpawn: () => interrupt.abort(),
  });
  assert.equal(result.kind === "ended" && result.cause, "interrupted");
});

test("children that it leaves in its group are killed, and its answer counts", async (run) => {
  const result = await run("sleep 99 & echo answer");
  assert.equal(textOf(result), "answer\n");
  assert.equal(result.kind === "ended" && result.leftovers.kind, "ended");
  assert.equal(result.kind === "ended" && result.cause, "exit");
});

test("a child that it leaves in its group is killed even if it holds no pipe", async (run) => {
  const result = await run("sleep 5 < /dev/null > /dev/null 2>&1 & echo answer");
  assert.equal(result.kind === "ended" && result.leftovers.kind, "ended");
});

test("pipes held by a child in its own session are closed after the drain", async (run) => {
  const result = await run("setsid sleep 3 & echo answer", { limits: { drainMs: 50 } });
  assert.equal(textOf(result), "answer\n");
});

test("pipes held by an unmarked process in its own session are closed after the drain", async (run) => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-process-" });
  Deno.writeTextFileSync(
    `${folder}/writer`,
    `trap '' PIPE; cd ${folder}
    for n in {1..250}; do echo . 2> /dev/null || { touch closed; exit; }; sleep 0.02; done; touch open`,
  );
  const result = await run(`env -i setsid bash ${folder}/writer & echo answer`);
  assert.match(textOf(result), /answer\n/);
  assert.equal(result.kind === "ended" && result.leftovers.kind, "output held");
  await until(
    "the end of the writer",
    () => exists(`${folder}/closed`) || exists(`${folder}/open`),
  );
  assert.equal(exists(`${folder}/open`), false);
  Deno.removeSync(folder, { recursive: true });
});

test("a failed start is a value, not an exception", async (run) => {
  const result = await run("", { entrypoint: "/no/such/program" });
  assert.ok(result.kind === "not spawned");
  assert.equal(result.error, "Cannot start /no/such/program: it no longer exists");
  assert.equal(result.isPassing, false);
});

test("an onSpawn that throws leaves no process", async (run) => {
  let pid = 0;
  const onSpawn = (spawned: number) => {
    pid = spawned;
    throw new Error("as a test");
  };
  await assert.rejects(run("exec sleep 99", { onSpawn }), /as a test/);
  assert.equal(groupExists(pid), false);
});

Deno.test({
  name: "a signal without a name is reported by its number",
  sanitizeResources: false, // Deno keeps its record of such a child
  async fn() {
    const result = await runScript("kill -34 $$");
    assert.ok(result.kind === "ended");
    assert.deepEqual([result.exitCode, result.signal], [162, "signal 34"]);
  },
});

test("a program that exits 127 by itself does not count as not started", async (run) => {
  for (const script of ["exit 127", "echo 'setsid: failed' >&2; exit 126", "setsid /no/such"]) {
    assert.equal((await run(script)).kind, "ended", script);
  }
});

test("a program that writes what setsid would is run once more, and that run counts", async (run) => {
  const folder = Deno.makeTempDirSync();
  const script = '#!/bin/sh\necho run >> runs; echo "setsid: $0: Text file busy" >&2; exit 126\n';
  Deno.writeTextFileSync(`${folder}/liar`, script, { mode: 0o755 });
  const setsid = findSetsid();
  const result = await run("", { entrypoint: `${folder}/liar`, cwd: folder, setsid });
  const runs = Deno.readTextFileSync(`${folder}/runs`);
  Deno.removeSync(folder, { recursive: true });
  assert.equal(runs, setsid === undefined ? "run\n" : "run\nrun\n");
  assert.equal(result.kind === "ended" && result.exitCode, 126);
});

test("a program whose file is being written counts as one to retry", async (run) => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/busy`, "#!/bin/sh\n", { mode: 0o755 });
  const writer = Deno.openSync(`${folder}/busy`, { append: true });
  const result = await run("", { entrypoint: `${folder}/busy`, cwd: folder });
  writer.close();
  Deno.removeSync(folder, { recursive: true });
  assert.ok(result.kind === "not spawned");
  assert.match(result.error, /^Cannot start .*\/busy: .*Text file busy/);
  assert.equal(result.isPassing, true);
});
