import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { claimNext, type DispatchParts } from "../../src/dispatcher/dispatch.ts";
import { createHolds, type Holds } from "../../src/dispatcher/holds.ts";
import { findLeft, lookAfter, recover, type RecoveryParts } from "../../src/dispatcher/recovery.ts";
import type { ListedProcess } from "../../src/process/listing.ts";
import type { Swept } from "../../src/process/sweep.ts";
import type { Store } from "../../src/store/store.ts";
import { dispatchNext, recoverOrphans } from "../support/dispatch.ts";
import { attemptOf, claimJob, enqueueJob, failure, jobOf } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { isAlive } from "../support/wait.ts";

/** Its entrypoint does not exist: every job that runs ends at once. */
const SETUP = setupOf(pluginSpec());
const STUBBORN: ListedProcess = {
  ...{ pid: 7, parent: 1, group: 7, session: 7, hasEnded: false, name: "x", startedMs: 5 },
  mark: undefined,
};

/** Recovery with a fake in place of the killing of processes, and the marks that it was asked to end. */
function recoveryParts(store: Store, swept: Swept, changes: Partial<RecoveryParts> = {}) {
  const { log, lines } = recordingLog();
  const asked: string[] = [];
  const parts: RecoveryParts = {
    ...{ store, setup: SETUP, now: Date.now, log, holds: createHolds(log) },
    stop: new AbortController().signal,
    endAll: (owners) => {
      asked.push(...owners.map(({ mark }) => mark));
      return Promise.resolve(new Map(owners.map(({ mark }) => [mark, swept])));
    },
    ...changes,
  };
  return { parts, asked, lines };
}

const NONE: Swept = { outcome: "none", left: [] };

Deno.test("the jobs of a plugin that is held back wait, and run once its processes are gone", async () => {
  using temp = openTempStore();
  const { log } = recordingLog();
  const holds = createHolds(log, () => Promise.resolve({ bootId: "boot", processes: [] }));
  const parts: DispatchParts = { ...dispatchParts(temp.store, log), holds };
  holds.add(jobOf(), [STUBBORN]);
  enqueueJob(temp.store);
  assert.equal((await dispatchNext(parts, SETUP)).kind, "idle");
  await holds.review();
  assert.equal((await dispatchNext(parts, SETUP)).kind, "settled");
});

Deno.test("a job counts as running from its claim to its end, and no longer", async () => {
  using temp = openTempStore();
  const seen: string[] = [];
  const parts: DispatchParts = {
    ...dispatchParts(temp.store, recordingLog().log),
    onCheckpoint: () => seen.push([...parts.running].map(({ id }) => id).join()),
  };
  const id = enqueueJob(temp.store);
  await dispatchNext(parts, SETUP);
  assert.deepEqual(seen, [id, id, id]);
  assert.equal(parts.running.size, 0);
});

Deno.test("a tick in the very moment of a claim does not take the job for an orphan", async () => {
  using temp = openTempStore();
  enqueueJob(temp.store);
  const parts = dispatchParts(temp.store, recordingLog().log);
  const recovery = recoveryParts(temp.store, NONE);
  const looking = lookAfter(recovery.parts, parts.running);
  const claim = claimNext(parts, SETUP); // its row is marked as running before lookAfter reads the rows
  await looking;
  assert.deepEqual([recovery.asked, recovery.lines], [[], []]);
  assert.equal((await claim).kind, "job");
  assert.equal(temp.store.jobs.running().length, 1);
});

Deno.test("a plugin is held back while processes that its run left cannot be ended", async () => {
  using temp = openTempStore();
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-leftovers-" }));
  writePlugin(
    folder,
    "echo",
    `#!/bin/bash
    sleep 99 > /dev/null 2>&1 &
    echo '{"status":"ok"}'
  `,
  );
  const { log, lines } = recordingLog();
  // Without time to end anything, the child that the plugin leaves counts as one that cannot be ended.
  const limits = { killGraceMs: 0, disappearMs: 0 };
  const parts: DispatchParts = { ...dispatchParts(temp.store, log), limits };
  enqueueJob(temp.store);
  await dispatchNext(parts, setupOf(pluginSpec({ folder, entrypoint: `${folder}/run.sh` })));
  const group = Number(lines.find(({ message }) => message === "Plugin spawned")?.fields.pid);
  Deno.kill(-group, "SIGKILL");
  Deno.removeSync(folder, { recursive: true });
  assert.deepEqual(parts.holds.plugins(), ["echo"]);
});

Deno.test("a job whose plugin's state cannot be read fails with reason state, and keeps the state", async () => {
  using temp = openTempStore();
  temp.store.states.write("echo", "[1]", 0);
  enqueueJob(temp.store);
  const dispatched = await dispatchNext(dispatchParts(temp.store, recordingLog().log), SETUP);
  assert.ok(dispatched.kind === "settled");
  const { ending } = dispatched.attempt;
  assert.equal(!ending.ok && ending.reason, "state");
  assert.equal(temp.store.states.read("echo").ok, false);
});

Deno.test("what an interrupted attempt left is ended before the next one", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const job = claimJob(store);
  const cutShort = attemptOf(job, { ending: failure("interrupted") });
  store.jobs.settle(cutShort, { status: "queued", nextAttempt: 2 });
  const { parts, asked, lines } = recoveryParts(store, { outcome: "ended", left: [] });
  await recoverOrphans(parts);
  assert.deepEqual(asked, [job.id]);
  assert.deepEqual(lines.map(({ message }) => message), [
    "Ended the processes of an earlier attempt",
  ]);
  assert.equal(store.jobs.claim(0)?.attempt, 2);
});

Deno.test("nothing is settled before its processes have ended, nor after a stop", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const job = claimJob(store);
  const stop = new AbortController();
  const endAll = () => {
    assert.deepEqual(store.jobs.running().map(({ id }) => id), [job.id]);
    stop.abort();
    return Promise.resolve(new Map([[job.id, { outcome: "left", left: [STUBBORN] } as const]]));
  };
  const { parts, lines } = recoveryParts(store, NONE, { stop: stop.signal, endAll });
  await recoverOrphans(parts);
  assert.deepEqual(store.jobs.running().map(({ id }) => id), [job.id]);
  assert.deepEqual(lines, []);
});

Deno.test("a plugin is held back while processes that recovery found cannot be ended", async () => {
  using temp = openTempStore();
  claimJob(temp.store);
  const { parts } = recoveryParts(temp.store, { outcome: "left", left: [STUBBORN] });
  await recoverOrphans(parts);
  assert.deepEqual(parts.holds.plugins(), ["echo"]);
});

Deno.test("a running row is an orphan only if this gateway does not run its job", async () => {
  using temp = openTempStore();
  const { store } = temp;
  const [own, stray] = [claimJob(store), claimJob(store, { plugin: "other" })];
  let reviews = 0;
  const review = () => Promise.resolve(void reviews++);
  const holds: Holds = { ...createHolds(recordingLog().log), review };
  const { parts, asked } = recoveryParts(store, NONE, { holds });
  await lookAfter(parts, new Set([own]));
  assert.deepEqual(asked, [stray.id]);
  assert.deepEqual(store.jobs.running().map(({ id }) => id), [own.id]);
  assert.equal(reviews, 1);
});

Deno.test("a stray job that is queued again waits, if what it left cannot be ended", async () => {
  using temp = openTempStore();
  claimJob(temp.store, { plugin: "stray" });
  const { log } = recordingLog();
  const holds = createHolds(log);
  const claims: unknown[] = [];
  const claimNow = () => claims.push(temp.store.jobs.claim(Date.now(), holds.plugins()));
  const swept: Swept = { outcome: "left", left: [STUBBORN] };
  const { parts } = recoveryParts(temp.store, swept, { holds, log: { ...log, warn: claimNow } });
  await lookAfter(parts, new Set());
  assert.deepEqual(claims, [undefined, undefined], "marked as running, recovered");
  assert.deepEqual(holds.plugins(), ["stray"]);
});

Deno.test("an orphan whose row cannot be read fails and is not queued again", async () => {
  using temp = openTempStore();
  claimJob(temp.store);
  using operator = new DatabaseSync(temp.path);
  operator.exec("UPDATE job_queue SET created_at = 'today'");
  await recoverOrphans(recoveryParts(temp.store, NONE).parts);
  const row = operator.prepare("SELECT status, reason FROM job_log").get();
  assert.deepEqual({ ...row }, { status: "failed", reason: "row" });
});

Deno.test("every orphan is settled, however many there are", async () => {
  using temp = openTempStore();
  for (const plugin of ["a", "b", "c"]) claimJob(temp.store, { plugin });
  const { parts, lines } = recoveryParts(temp.store, NONE);
  await recoverOrphans(parts);
  assert.deepEqual(temp.store.jobs.running(), []);
  assert.deepEqual(lines.map(({ fields }) => fields.plugin), ["a", "b", "c"]);
});

Deno.test("a fault of the gateway while it records the pid fails the job, and ends its plugin", async () => {
  using temp = openTempStore();
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-leftovers-" }));
  writePlugin(folder, "echo", "#!/bin/bash\nsleep 99\n");
  const { log, lines } = recordingLog();
  Object.assign(temp.store.jobs, {
    recordPid() {
      throw new Error("as a test");
    },
  });
  enqueueJob(temp.store);
  const setup = setupOf(
    pluginSpec({ folder, entrypoint: `${folder}/run.sh`, timeoutsMs: { poll: 500 } }),
  );
  const dispatched = await dispatchNext(dispatchParts(temp.store, log), setup);
  Deno.removeSync(folder, { recursive: true });
  assert.ok(dispatched.kind === "settled");
  const { ending } = dispatched.attempt;
  assert.equal(!ending.ok && ending.reason, "internal");
  assert.equal(
    isAlive(Number(lines.find(({ message }) => message === "Plugin spawned")?.fields.pid)),
    false,
  );
});

Deno.test("the plugins of what a crash left are held back until recovery has dealt with it", async () => {
  using temp = openTempStore();
  claimJob(temp.store, { plugin: "orphan" });
  const cutShort = attemptOf(claimJob(temp.store), { ending: failure("interrupted") });
  temp.store.jobs.settle(cutShort, { status: "queued", nextAttempt: 2 });
  const { parts } = recoveryParts(temp.store, NONE);
  const left = await findLeft(parts);
  assert.ok(left);
  assert.deepEqual(parts.holds.plugins(), ["orphan", "echo"]);
  await recover(parts, left);
  assert.deepEqual(parts.holds.plugins(), []);
});
