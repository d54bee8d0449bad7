import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { DispatchParts } from "../../src/dispatcher/dispatch.ts";
import { createEndTogether } from "../../src/dispatcher/leftovers.ts";
import type { Owner } from "../../src/process/belonging.ts";
import { readBoot } from "../../src/process/boot.ts";
import type { Swept } from "../../src/process/sweep.ts";
import { dispatchNext, recoverOrphans } from "../support/dispatch.ts";
import { claimJob, enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { isAlive, kill } from "../support/wait.ts";

const RETRY = { backoffBaseMs: 100, backoffMaxMs: 100 };

/** Fails, and leaves a child in a session of its own, with closed pipes. */
const LEAVES = `#!/bin/bash
setsid sleep 99 < /dev/null > /dev/null 2>&1 &
echo $! > child; until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done
exit 1`;

type TempStore = ReturnType<typeof openTempStore>;

/** Runs a plugin once that fails; its folder is gone afterwards. */
async function failOnce(
  temp: TempStore,
  changes: Partial<DispatchParts>,
  script = LEAVES,
  retry = RETRY,
) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-retry-" }));
  writePlugin(folder, "echo", script);
  const { log, lines } = recordingLog();
  const parts: DispatchParts = { ...dispatchParts(temp.store, log), ...changes };
  const boot = await readBoot(Date.now);
  const life = { pid: Deno.pid, boot, startedAt: Date.now(), tickAt: Date.now() };
  temp.store.heartbeats.beat(life, { settings: "{}", droppedLines: 0 });
  const id = enqueueJob(temp.store);
  const entrypoint = `${folder}/run.sh`;
  await dispatchNext(parts, setupOf(pluginSpec({ folder, entrypoint, retry })));
  const child = Number(Deno.readTextFileSync(`${folder}/child`));
  Deno.removeSync(folder, { recursive: true });
  const messages = lines.map(({ message }) => message);
  const pid = lines.find(({ message }) => message === "Plugin spawned")?.fields.pid;
  return { id, child, messages, pid, parts };
}

const pidOf = ({ path }: TempStore) => {
  using db = new DatabaseSync(path);
  return db.prepare("SELECT pid FROM job_queue").get()?.pid;
};

Deno.test("what a failed attempt has left is ended before its job is tried again, in any session", async () => {
  using temp = openTempStore();
  const { child, messages } = await failOnce(temp, {});
  const wasAlive = isAlive(child);
  kill(child);
  assert.equal(wasAlive, false);
  assert.ok(messages.includes("Ended the processes of an earlier attempt"), messages.join());
});

const SAYS = `#!/bin/bash\necho $$ > child; exit 1`;

/** What stands in for the end of all processes, and what it was asked to end. */
function fakeEnd({ outcome, left = [] }: Partial<Swept> & Pick<Swept, "outcome">) {
  const asked: Owner[] = [];
  const endAll = (owners: readonly Owner[]) => {
    asked.push(...owners);
    return Promise.resolve(new Map(owners.map(({ mark }) => [mark, { outcome, left }])));
  };
  return { asked, endAll, endTogether: createEndTogether(endAll) };
}

Deno.test("a retry looks for the mark of its job, and for a session that began with the failed attempt", async () => {
  using temp = openTempStore();
  const { asked, endTogether } = fakeEnd({ outcome: "none" });
  const { id, pid } = await failOnce(temp, { endTogether }, SAYS);
  const [owner, ...others] = asked;
  assert.deepEqual(others, []);
  assert.deepEqual([owner?.mark, owner?.session], [id, pid]);
  const { fromMs = NaN, toMs = NaN } = owner?.began ?? {};
  assert.ok(toMs >= fromMs && toMs - fromMs < 30_000, `${fromMs} to ${toMs}`);
});

const STUCK = {
  ...{ pid: 7, parent: 1, group: 7, session: 7, hasEnded: false, name: "x", startedMs: 5 },
  mark: undefined,
};

Deno.test("what cannot be ended after a failed attempt holds its plugin back", async () => {
  using temp = openTempStore();
  const { endTogether } = fakeEnd({ outcome: "left", left: [STUCK] });
  const { parts, pid } = await failOnce(temp, { endTogether }, SAYS);
  assert.deepEqual(parts.holds.plugins(), ["echo"]);
  assert.equal(pidOf(temp), pid, "for the next start");
});

Deno.test("what the end of a run could not end is not tried a second time", async () => {
  using temp = openTempStore();
  const { asked, endTogether } = fakeEnd({ outcome: "none" });
  // Without time to end anything, the child in its group counts as one that cannot be ended.
  const script = `#!/bin/bash\nsleep 99 > /dev/null 2>&1 & echo $! > child; exit 1`;
  const limits = { killGraceMs: 0, disappearMs: 0 };
  const { child, parts } = await failOnce(temp, { endTogether, limits }, script);
  kill(child);
  assert.deepEqual(parts.holds.plugins(), ["echo"]);
  assert.deepEqual(asked, []);
});

for (
  const [outcome, isForgotten] of [["none", true], ["ended", true], ["unknown", false]] as const
) {
  const kept = isForgotten ? "forgotten: a stranger may get it" : "kept for the next start";
  Deno.test(`if leftovers are ${outcome}, the number of the session is ${kept}`, async () => {
    using failing = openTempStore();
    const { endAll, endTogether } = fakeEnd({ outcome });
    const { pid, parts } = await failOnce(failing, { endTogether }, SAYS);
    assert.equal(pidOf(failing), isForgotten ? null : pid);

    using temp = openTempStore();
    const { id } = claimJob(temp.store);
    temp.store.jobs.recordPid(id, 4_711);
    await recoverOrphans({ ...parts, store: temp.store, setup: setupOf(), endAll });
    assert.equal(pidOf(temp), isForgotten ? null : 4_711);
    await recoverOrphans({ ...parts, store: temp.store, setup: setupOf(), endAll });
    assert.equal(pidOf(temp), isForgotten ? null : 4_711);
  });
}

Deno.test("a lane is free while it waits for the end of leftovers, but the plugin is held back", async () => {
  using temp = openTempStore();
  const swept = Promise.withResolvers<Swept>();
  let free: readonly string[] = [];
  const isFree = Promise.withResolvers<void>();
  const parts: DispatchParts = {
    ...dispatchParts(temp.store, recordingLog().log),
    endTogether: () => swept.promise,
    onFree() {
      free = [...parts.running].map(({ plugin }) => plugin);
      isFree.resolve();
    },
  };
  const running = failOnce(temp, parts, SAYS);
  await isFree.promise;
  assert.deepEqual([free, parts.holds.plugins()], [[], ["echo"]]);
  swept.resolve({ outcome: "none", left: [] });
  await running;
  assert.deepEqual(parts.holds.plugins(), []);
});

Deno.test("owners that are asked for within a pause are ended together, later ones by themselves", async () => {
  const asked: string[][] = [];
  const { endAll } = fakeEnd({ outcome: "none" });
  const endTogether = createEndTogether((owners) => {
    asked.push(owners.map(({ mark }) => mark));
    return endAll(owners);
  });
  const { signal } = new AbortController();
  const end = (mark: string) => endTogether({ mark, session: 7, began: undefined }, 50, signal);
  assert.deepEqual((await Promise.all([end("a"), end("b")])).map((one) => one?.outcome), [
    "none",
    "none",
  ]);
  await end("c");
  assert.deepEqual(asked, [["a", "b"], ["c"]]);
});

Deno.test("a stop ends the pause before leftovers are ended, and leaves them to the next start", async () => {
  const { asked, endTogether } = fakeEnd({ outcome: "none" });
  const stop = new AbortController();
  const ending = endTogether({ mark: "a", session: 7, began: undefined }, 99_000, stop.signal);
  stop.abort();
  assert.equal(await ending, undefined);
  assert.deepEqual(asked, []);
});

Deno.test("the pause before leftovers are ended is a second, or less if the retry is due before", async () => {
  for (const [backoffMs, least, most] of [[100, 0, 110], [60_000, 1_000, 1_000]] as const) {
    using temp = openTempStore();
    const pauses: number[] = [];
    const endTogether: DispatchParts["endTogether"] = (_owner, pauseMs) => {
      pauses.push(pauseMs);
      return Promise.resolve(undefined);
    };
    const retry = { backoffBaseMs: backoffMs, backoffMaxMs: backoffMs };
    await failOnce(temp, { endTogether }, SAYS, retry);
    assert.ok(pauses.every((ms) => ms >= least && ms <= most), pauses.join());
    assert.equal(pauses.length, 1);
  }
});
