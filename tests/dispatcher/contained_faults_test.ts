import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createRedact } from "../../src/base/redact.ts";
import { claimNext, runClaimed } from "../../src/dispatcher/dispatch.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { DamageFound } from "../../src/sqlite/storage_error.ts";
import { attemptOf, claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { dispatchNext, recoverOrphans, runLoop, settleJob } from "../support/dispatch.ts";

/** A run that goes through every step: it has a state, stderr, logs, events and a mistyped field. */
const SCRIPT = `#!/bin/bash
cat > /dev/null
echo careful >&2
echo '{"status":"ok","state_updates":{"a":1},"logs":[{"message":"hi"}],"events":[1],"state":{}}'
`;

/** Which steps fail: the n-th alone, or all from there on. */
type Extent = "once" | "from then on";

/** What a claim does before it has a job: a failure there fails no job. */
const BEFORE_CLAIM: readonly PropertyKey[] = ["release", "readAll"];

/** Counts the steps of a run, and fails at the chosen ones. */
function createTrap() {
  let armed: { readonly at: number; readonly extent: Extent } | undefined;
  let count = 0;
  let hasBegun = true;
  function step(name: string): void {
    if (armed === undefined || !hasBegun) return;
    count++;
    const fails = armed.extent === "once" ? count === armed.at : count >= armed.at;
    if (fails) throw new Error(`fault in step ${count}, ${name}`);
  }

  /** The same object, with a step before and after each call. */
  function trapped<T extends object>(target: T): T {
    return new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "object" && value !== null) return trapped(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (BEFORE_CLAIM.includes(name)) return Reflect.apply(value, target, args);
          if (name === "claim") {
            hasBegun = false; // a failure before a job is claimed fails no job
            const job = Reflect.apply(value, target, args);
            hasBegun = true;
            return job;
          }
          step(`before ${String(name)}`);
          const result = Reflect.apply(value, target, args);
          step(`after ${String(name)}`);
          return result;
        };
      },
    });
  }

  return {
    step,
    trapped,
    arm(at: number, extent: Extent): void {
      armed = { at, extent };
      count = 0;
    },
    /** @returns whether a step has failed. */
    disarm(): boolean {
      const at = armed?.at ?? Infinity;
      armed = undefined;
      return count >= at;
    },
  };
}

/** A dispatcher in which any step can be made to fail. */
function createBench() {
  const temp = openTempStore();
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-contained-" }));
  writePlugin(folder, "echo", SCRIPT);
  const trap = createTrap();
  const { log, lines } = recordingLog();
  const { isRawJSON } = JSON;
  JSON.isRawJSON = (value) => {
    trap.step("judge"); // every parsed JSON value goes through this check
    return isRawJSON(value);
  };

  const config = { toJSON: () => (trap.step("encode"), {}) };
  const echo = pluginSpec({ folder, entrypoint: `${folder}/run.sh`, config });
  const found = setupOf(echo, { ...echo, name: "other" });
  const lanes = { total: 1, pools: new Map() };
  const setup = { ...found, config: { ...found.config, lanes } };
  const path = Deno.env.get("PATH") ?? "";
  const parts = {
    ...dispatchParts(trap.trapped(temp.store), trap.trapped(log)),
    env: {
      get PATH() {
        trap.step("environment");
        return path;
      },
    },
    onCheckpoint: (name: string) => trap.step(`checkpoint ${name}`),
  };
  return {
    temp,
    trap,
    lines,
    parts,
    setup,
    /** Runs the loop until nothing is queued, with the trap armed for the first job only. */
    async runLoop(at: number, extent: Extent): Promise<boolean> {
      const stop = new AbortController();
      let hasFailed = false;
      trap.arm(at, extent);
      await runLoop({
        async claim() {
          const claimed = await claimNext(parts, setup);
          if (claimed.kind === "none" && parts.running.size === 0) stop.abort();
          return claimed;
        },
        async run(job) {
          await runClaimed(parts, setup, job);
          hasFailed ||= trap.disarm();
        },
        stop: stop.signal,
      });
      return hasFailed;
    },
    [Symbol.dispose]() {
      JSON.isRawJSON = isRawJSON;
      temp[Symbol.dispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Steps that every run has, to prove that the traps are in place. */
const STEPS = [
  ...["checkpoint claimed", "before read", "encode", "environment"],
  ...["checkpoint spawned", "before recordPid", "after recordPid", "judge", "before warn"],
  ...["checkpoint answered", "before transaction", "before settle", "before add"],
  ...["checkpoint settling", "after write", "after transaction", "after info"],
];

const FAULTS = [
  "Job failed because of a gateway fault",
  "Gateway fault after the job had ended",
];

Deno.test("a fault at any single step of a run fails that job or none, and the next one runs", async () => {
  using bench = createBench();
  using db = new DatabaseSync(bench.temp.path, { readOnly: true });
  const rows = (sql: string, id: string) => db.prepare(sql).all(id).map((row) => ({ ...row }));
  const failed: string[] = [];
  for (let at = 1;; at++) {
    bench.lines.length = 0;
    const [victim, next] = [enqueueJob(bench.temp.store), enqueueJob(bench.temp.store)];
    bench.temp.store.states.write("echo", "{}", 0);
    if (!await bench.runLoop(at, "once")) break;
    const fault = bench.lines.find(({ message }) => FAULTS.includes(message));
    assert.equal(fault?.level, "error", `step ${at}`);
    failed.push(/^fault in step \d+, (.*)/.exec(String(fault?.fields.error))?.[1] ?? "");
    assert.match(String(fault?.fields.at), /_test\.ts:\d+/);
    const reason = fault?.message === FAULTS[0] ? "internal" : null;
    const status = reason === null ? "succeeded" : "failed";
    assert.deepEqual(rows("SELECT status, reason FROM job_log WHERE job_id = ?", victim), [
      { status, reason },
    ], String(fault?.fields.error));
    assert.deepEqual(rows("SELECT status FROM job_queue WHERE id = ?", victim), [{ status }]);
    assert.deepEqual(rows("SELECT status FROM job_queue WHERE id = ?", next), [
      { status: "succeeded" },
    ]);
  }
  for (const name of STEPS) assert.ok(failed.includes(name), `no fault in "${name}"`);
});

Deno.test("a lasting fault, from any step of a run on, costs only that job", async () => {
  using bench = createBench();
  using db = new DatabaseSync(bench.temp.path, { readOnly: true });
  for (let at = 1;; at++) {
    for (const job of bench.temp.store.jobs.running()) settleJob(bench.temp, attemptOf(job));
    const victim = enqueueJob(bench.temp.store);
    const next = enqueueJob(bench.temp.store, { plugin: "other" });
    if (!await bench.runLoop(at, "from then on")) break;
    const status = (id: string) =>
      db.prepare("SELECT status FROM job_queue WHERE id = ?").get(id)?.status;
    assert.ok(["running", "failed", "succeeded"].includes(String(status(victim))));
    assert.equal(status(next), "succeeded");
  }
});

Deno.test("database damage is not a fault of the gateway, and ends the loop", async () => {
  using bench = createBench();
  const damage = Object.assign(new Error("database disk image is malformed"), {
    code: "ERR_SQLITE_ERROR",
    errcode: 11,
  });
  enqueueJob(bench.temp.store);
  const parts = {
    ...bench.parts,
    onCheckpoint(name: string) {
      if (name === "settling") throw damage;
    },
  };
  await assert.rejects(dispatchNext(parts, bench.setup), damage);
  assert.equal(bench.temp.store.jobs.running().length, 1);
});

Deno.test("database damage that shows only once ends the loop, too, and settles nothing", async () => {
  using bench = createBench();
  const damage = new DamageFound("a page is broken");
  enqueueJob(bench.temp.store);
  const parts = {
    ...bench.parts,
    onCheckpoint(name: string) {
      if (name === "answered") throw damage;
    },
  };
  await assert.rejects(dispatchNext(parts, bench.setup), damage);
  assert.equal(bench.temp.store.jobs.running().length, 1);
});

Deno.test("a fault at any step of recovering an orphan fails that orphan or none", async () => {
  using temp = openTempStore();
  const trap = createTrap();
  const { log, lines } = recordingLog();
  const endAll = () => Promise.resolve(new Map());
  const stop = new AbortController().signal;
  for (let at = 1;; at++) {
    lines.length = 0;
    for (const plugin of ["a", "b"]) claimJob(temp.store, { plugin });
    const attempts = trap.trapped(temp.store.attempts);
    const store = { ...temp.store, attempts, transaction: trap.trapped(temp.store).transaction };
    trap.arm(at, "once");
    await recoverOrphans({
      store,
      setup: setupOf(),
      now: Date.now,
      log,
      stop,
      holds: createHolds(log),
      endAll,
    });
    const hasFailed = trap.disarm();
    assert.deepEqual(temp.store.jobs.running(), []);
    if (!hasFailed) break;
    assert.equal(lines.filter(({ message }) => FAULTS.includes(message)).length, 1);
  }
});

Deno.test("the text of a fault is stored with its secrets masked", async () => {
  using temp = openTempStore();
  enqueueJob(temp.store);
  const { log } = recordingLog();
  const setup = { ...setupOf(pluginSpec()), redact: createRedact(["s3cr3t-7f9a2b"]) };
  const onCheckpoint = (moment: string) => {
    if (moment === "claimed") throw new Error("fault with s3cr3t-7f9a2b");
  };
  await dispatchNext({ ...dispatchParts(temp.store, log), onCheckpoint }, setup);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  for (const table of ["job_queue", "job_log"]) {
    const row = db.prepare(`SELECT status, last_error FROM ${table}`).get();
    assert.deepEqual({ ...row }, { status: "failed", last_error: "fault with [secret]" });
  }
});
