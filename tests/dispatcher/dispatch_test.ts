import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Job } from "../../src/core/job.ts";
import { claimNext, type DispatchParts, runClaimed } from "../../src/dispatcher/dispatch.ts";
import type { PluginSpec, Setup } from "../../src/plugin/setup.ts";
import type { Store } from "../../src/store/store.ts";
import { attemptOf, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { until } from "../support/wait.ts";
import { dispatchNext, runLoop, settleJob } from "../support/dispatch.ts";

const OK = `#!/bin/bash\necho '{"status":"ok","state_updates":{"a":1}}'\n`;

/** The real dispatcher over a store, with one plugin that has this script and one job for it. */
function createBench(
  store: Store,
  script: string,
  changes: Partial<DispatchParts> = {},
  manifest: Partial<PluginSpec> = {},
) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-dispatch-" }));
  writePlugin(`${folder}/echo`, "echo", script);
  const jobId = enqueueJob(store, { maxAttempts: 2 });
  const { log, lines } = recordingLog();
  const setup = setupOf(
    pluginSpec({ folder: `${folder}/echo`, entrypoint: `${folder}/echo/run.sh`, ...manifest }),
  );
  const parts = { ...dispatchParts(store, log), ...changes };
  return {
    jobId,
    lines,
    dispatchNext: (current: Setup = setup) => dispatchNext(parts, current),
    loop: {
      claim: () => claimNext(parts, setup),
      run: (job: Job) => runClaimed(parts, setup, job),
    },
    messages: () => lines.map(({ message }) => message),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** The reason for which a dispatched job did not succeed, or "ok". */
function reasonOf(dispatched: Awaited<ReturnType<typeof dispatchNext>>): string {
  assert.equal(dispatched.kind, "settled");
  if (dispatched.kind !== "settled") return "";
  const { ending } = dispatched.attempt;
  return ending.ok ? "ok" : ending.reason;
}

Deno.test("one step claims, runs and settles one job, and logs one line", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  const dispatched = await bench.dispatchNext();
  assert.ok(dispatched.kind === "settled");
  assert.equal(dispatched.attempt.job.id, bench.jobId);
  assert.deepEqual(dispatched.verdict, { status: "succeeded" });
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: { a: 1 } });
  assert.deepEqual(bench.messages(), [
    ...["Job claimed", "Plugin spawned", "Plugin ended", "Job succeeded"],
  ]);
  assert.deepEqual(await bench.dispatchNext(), { kind: "idle" });
});

Deno.test("an answer that says error stores the keys of state_on_error; a bad exit stores none", async () => {
  const answer = `echo '{"status":"error","error":"later","state_updates":{"token":"new","a":1}}'`;
  for (const [exit, state] of [["", { token: "new" }], ["exit 3", {}]] as const) {
    using temp = openTempStore();
    const script = `#!/bin/bash\n${answer}\n${exit}\n`;
    using bench = createBench(temp.store, script, {}, { stateOnError: ["token"] });
    assert.equal(reasonOf(await bench.dispatchNext()), exit === "" ? "error" : "exit");
    assert.deepEqual(temp.store.states.read("echo"), { ok: true, state });
  }
});

Deno.test("the line of a failed run has plugin, job, reason, error, attempt and duration", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, "#!/bin/bash\nexit 3\n");
  await bench.dispatchNext();
  const { level, message, fields } = bench.lines.at(-1) ?? {};
  assert.deepEqual([level, message], ["error", "Job failed"]);
  const { duration_ms, ...rest } = fields ?? {};
  assert.equal(typeof duration_ms, "number");
  assert.deepEqual(rest, {
    plugin: "echo",
    job_id: bench.jobId,
    reason: "exit",
    error: "exit code 3",
    attempt: 1,
  });
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

Deno.test("a job of a plugin that the config no longer names fails without a spawn", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  assert.equal(reasonOf(await bench.dispatchNext(setupOf())), "spawn");
  assert.match(
    String(bench.lines.at(-1)?.fields.error),
    /^plugin "echo" does not run here: the config no longer names it$/,
  );
});

Deno.test("a job whose row names a command that the plugin does not have fails without a spawn", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  using operator = new DatabaseSync(temp.path);
  for (const command of ["Poll", "handle", "toString"]) {
    operator.prepare("UPDATE job_queue SET status = 'queued', command = ?").run(command);
    assert.equal(reasonOf(await bench.dispatchNext()), "spawn");
    const error = `plugin "echo" does not support the command "${command}", only poll`;
    assert.equal(bench.lines.at(-1)?.fields.error, error);
  }
  assert.ok(!bench.messages().includes("Plugin spawned"));
});

Deno.test("after a stop nothing is claimed", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK, { stop: AbortSignal.abort() });
  assert.deepEqual(await bench.dispatchNext(), { kind: "stopping" });
  assert.equal(temp.store.jobs.claim(Date.now())?.id, bench.jobId);
});

Deno.test("a settle that an interrupt ends counts as stopping, and leaves the job running", async () => {
  using temp = openTempStore();
  const interrupt = new AbortController();
  using other = new DatabaseSync(temp.path);
  using bench = createBench(temp.store, OK, {
    interrupt: interrupt.signal,
    onCheckpoint: (name) => {
      if (name !== "answered") return;
      other.exec("BEGIN IMMEDIATE");
      interrupt.abort();
    },
  });
  assert.deepEqual(await bench.dispatchNext(), { kind: "stopping" });
  assert.equal(bench.messages().at(-1), "Storage failed, giving up: the gateway is stopping");
  other.exec("ROLLBACK");
  assert.deepEqual(temp.store.jobs.running().map(({ id }) => id), [bench.jobId]);
});

Deno.test("an interrupted run returns to the queue with its next attempt", async () => {
  using temp = openTempStore();
  const interrupt = new AbortController();
  using bench = createBench(temp.store, "#!/bin/bash\nsleep 99\n", {
    interrupt: interrupt.signal,
    onCheckpoint: (name) => name === "spawned" && interrupt.abort(),
  });
  const dispatched = await bench.dispatchNext();
  assert.ok(dispatched.kind === "settled");
  assert.deepEqual(dispatched.verdict, { status: "queued", nextAttempt: 2 });
  assert.equal(bench.lines.at(-1)?.message, "Job interrupted, queued for the next start");
  assert.equal(temp.store.jobs.claim(Date.now())?.attempt, 2);
});

Deno.test("a result is discarded, with its state, if the job is no longer running", async () => {
  using temp = openTempStore();
  const takeAway = () => {
    const [job] = temp.store.jobs.running();
    assert.ok(job);
    settleJob(temp, attemptOf(job));
  };
  using bench = createBench(temp.store, OK, {
    onCheckpoint: (name) => name === "answered" && takeAway(),
  });
  assert.equal((await bench.dispatchNext()).kind, "lost");
  assert.equal(bench.messages().at(-1), "Job is no longer running, result discarded");
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

Deno.test("a state that grows over the limit fails the job and keeps the previous state", async () => {
  using temp = openTempStore();
  const script = `#!/bin/bash
printf '{"status":"ok","state_updates":{"big":"'; head -c 2000000 /dev/zero | tr '\\0' x; printf '"}}'
`;
  using bench = createBench(temp.store, script);
  assert.equal(reasonOf(await bench.dispatchNext()), "state");
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

Deno.test("events are counted in a debug line and dropped", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, `#!/bin/bash\necho '{"status":"ok","events":[1,2]}'\n`);
  await bench.dispatchNext();
  const line = bench.lines.find(({ message }) => message.startsWith("Events dropped"));
  assert.deepEqual([line?.level, line?.fields.events], ["debug", 2]);
});

Deno.test("if a job is taken away while it runs, the next jobs run at once", async () => {
  using temp = openTempStore();
  const stop = new AbortController();
  const takeAway = () => {
    using other = new DatabaseSync(temp.path);
    other.exec("UPDATE job_queue SET status = 'failed' WHERE status = 'running'");
  };
  let answered = 0;
  using bench = createBench(temp.store, OK, {
    onCheckpoint: (name) => name === "answered" && ++answered === 1 && takeAway(),
    stop: stop.signal,
  });
  enqueueJob(temp.store);
  const loop = runLoop({ ...bench.loop, stop: stop.signal });
  await until("the second job", () => bench.messages().includes("Job succeeded"));
  stop.abort();
  await loop;
});

Deno.test("a job's duration does not include the wait for storage before its spawn", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  const read = temp.store.states.read.bind(temp.store.states);
  let failures = 0;
  Object.assign(temp.store.states, {
    read(plugin: string) {
      if (failures++ < 2) {
        throw Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR" });
      }
      return read(plugin);
    },
  });
  const startedMs = performance.now();
  await bench.dispatchNext();
  const tookMs = performance.now() - startedMs;
  const { duration_ms } = bench.lines.at(-1)?.fields ?? {};
  assert.ok(
    Number(duration_ms) <= tookMs - 290,
    `${duration_ms} of ${tookMs} ms, 300 of them waiting`,
  );
});

Deno.test("the request has the time at which the gateway will end the plugin", async () => {
  using temp = openTempStore();
  const now = Date.parse("2026-01-01T00:00:00.000Z");
  const script = `#!/bin/bash
printf '{"status":"ok","state_updates":{"at":"%s"}}' "$(grep -o '"deadline_at":"[^"]*' | cut -d'"' -f4)"
`;
  using bench = createBench(temp.store, script, { now: () => now });
  await bench.dispatchNext();
  const state = { at: new Date(now + 60_000).toISOString() };
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state });
});

/** What node:sqlite throws while another process holds a lock. */
function locked(): Error {
  return Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR", errcode: 5 });
}

Deno.test("a job whose state cannot be read before a stop returns to the queue and uses up no attempt", async () => {
  using temp = openTempStore();
  const stop = new AbortController();
  using bench = createBench(temp.store, OK, { stop: stop.signal });
  Object.assign(temp.store.states, {
    read() {
      stop.abort();
      throw locked();
    },
  });
  const dispatched = await bench.dispatchNext();
  assert.equal(dispatched.kind, "put off");
  assert.ok(!bench.messages().includes("Plugin spawned"));
  assert.equal(temp.store.jobs.claim(Date.now())?.attempt, 1);
});

Deno.test("a pid that cannot be recorded is a warning, and the run continues", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  Object.assign(temp.store.jobs, {
    recordPid() {
      throw locked();
    },
  });
  assert.equal(reasonOf(await bench.dispatchNext()), "ok");
  const line = bench.lines.find(({ message }) => message === "Cannot record the plugin's pid");
  assert.equal(line?.level, "warn");
  assert.match(String(line?.fields.error), /^database is locked: another process holds a lock/);
});

Deno.test("after a stop, a finished run is still settled once storage works again", async () => {
  using temp = openTempStore();
  const stop = new AbortController();
  using other = new DatabaseSync(temp.path);
  using bench = createBench(temp.store, OK, {
    stop: stop.signal,
    onCheckpoint: (name) => {
      if (name !== "answered") return;
      other.exec("BEGIN IMMEDIATE");
      stop.abort();
    },
  });
  const dispatching = bench.dispatchNext();
  const hasFailed = () => bench.messages().some((message) => message.startsWith("Storage failed"));
  await until("a settle that fails", hasFailed);
  other.exec("ROLLBACK");
  assert.equal(reasonOf(await dispatching), "ok");
});
