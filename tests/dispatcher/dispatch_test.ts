import assert from "node:assert/strict";
import { createDispatcher, type DispatcherParts } from "../../src/dispatcher/dispatch.ts";
import type { Store } from "../../src/store/store.ts";
import { writePlugin } from "../support/gateway_process.ts";
import { pluginEntry } from "../support/setup.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";

const OK = `#!/bin/bash\necho '{"status":"ok","state_updates":{"a":1}}'\n`;

/** The real dispatcher over a store, with one plugin of this script and one job for it. */
function createBench(store: Store, script: string, changes: Partial<DispatcherParts> = {}) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-dispatch-" }));
  writePlugin(`${folder}/echo`, "echo", script);
  const jobId = store.jobs.enqueue({
    plugin: "echo",
    command: "poll",
    maxAttempts: 2,
    submittedBy: "scheduler",
    now: Date.now(),
  });
  const { log, lines } = recordingLog();
  const never = new AbortController().signal;
  const plugin = {
    ...pluginEntry({ maxAttempts: 2 }),
    folder: `${folder}/echo`,
    entrypoint: `${folder}/echo/run.sh`,
  };
  const { dispatchNext } = createDispatcher({
    store,
    plugins: [plugin],
    env: { PATH: Deno.env.get("PATH") ?? "" },
    now: Date.now,
    log,
    pluginLog: log,
    stop: never,
    interrupt: never,
    ...changes,
  });
  return {
    jobId,
    lines,
    dispatchNext,
    messages: () => lines.map(({ message }) => message),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("one step claims, runs and settles one job, and says so in one line", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK);
  const dispatched = await bench.dispatchNext();
  assert.equal(dispatched?.job.id, bench.jobId);
  assert.equal(dispatched?.record.status, "succeeded");
  assert.deepEqual(temp.store.pluginState.read("echo"), { ok: true, state: { a: 1 } });
  assert.deepEqual(bench.messages(), [
    ...["Job claimed", "Plugin spawned", "Plugin ended", "Job succeeded"],
  ]);
  assert.equal(await bench.dispatchNext(), undefined);
});

Deno.test("a failed run says plugin, job, reason, error, attempt and how long", async () => {
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
  assert.deepEqual(temp.store.pluginState.read("echo"), { ok: true, state: {} });
});

Deno.test("a job of a plugin that is not loaded any more fails without a spawn", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK, { plugins: [] });
  const dispatched = await bench.dispatchNext();
  assert.equal(dispatched?.record.reason, "spawn");
  assert.match(dispatched?.record.error ?? "", /plugin "echo" is not loaded/);
});

Deno.test("after a stop nothing is claimed", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, OK, { stop: AbortSignal.abort() });
  assert.equal(await bench.dispatchNext(), undefined);
  assert.equal(temp.store.jobs.claim(Date.now())?.id, bench.jobId);
});

Deno.test("an interrupted run goes back into the queue with its next attempt", async () => {
  using temp = openTempStore();
  const interrupt = new AbortController();
  using bench = createBench(temp.store, "#!/bin/bash\nsleep 99\n", {
    interrupt: interrupt.signal,
    onCheckpoint: (name) => name === "spawned" && interrupt.abort(),
  });
  const dispatched = await bench.dispatchNext();
  assert.equal(dispatched?.record.status, "interrupted");
  assert.equal(bench.lines.at(-1)?.message, "Job interrupted, queued for the next start");
  assert.equal(temp.store.jobs.claim(Date.now())?.attempt, 2);
});

Deno.test("an outcome is dropped, with its state, where the job is not running any more", async () => {
  using temp = openTempStore();
  const takeAway = () => {
    const [job] = temp.store.jobs.running();
    assert.ok(job);
    const record = { status: "dead", completedAt: 0, durationMs: 0, stderr: "" } as const;
    temp.store.jobs.settle(job, record);
  };
  using bench = createBench(temp.store, OK, {
    onCheckpoint: (name) => name === "answered" && takeAway(),
  });
  assert.equal(await bench.dispatchNext(), undefined);
  assert.equal(bench.messages().at(-1), "Job was not marked as running any more, outcome dropped");
  assert.deepEqual(temp.store.pluginState.read("echo"), { ok: true, state: {} });
});

Deno.test("a state that grows over its limit fails the job and keeps the former state", async () => {
  using temp = openTempStore();
  const script = `#!/bin/bash
printf '{"status":"ok","state_updates":{"big":"'; head -c 2000000 /dev/zero | tr '\\0' x; printf '"}}'
`;
  using bench = createBench(temp.store, script);
  const dispatched = await bench.dispatchNext();
  assert.equal(dispatched?.record.reason, "state");
  assert.deepEqual(temp.store.pluginState.read("echo"), { ok: true, state: {} });
});

Deno.test("events are counted at debug and dropped", async () => {
  using temp = openTempStore();
  using bench = createBench(temp.store, `#!/bin/bash\necho '{"status":"ok","events":[1,2]}'\n`);
  await bench.dispatchNext();
  const line = bench.lines.find(({ message }) => message.startsWith("Events dropped"));
  assert.deepEqual([line?.level, line?.fields.events], ["debug", 2]);
});
