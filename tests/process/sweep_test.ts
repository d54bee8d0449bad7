import assert from "node:assert/strict";
import type { Owner } from "../../src/process/belonging.ts";
import { listProcesses } from "../../src/process/listing.ts";
import { sweep, type SweepOptions } from "../../src/process/sweep.ts";
import { findSetsid } from "../../src/process/spawn.ts";
import { exists } from "../support/tools.ts";
import { isAlive, kill, until } from "../support/wait.ts";

const OPTIONS: SweepOptions = {
  list: () => listProcesses("MARK"),
  self: Deno.pid,
  graceMs: 5_000,
  disappearMs: 5_000,
};

/** Starts a bash script in its own session, marked, and waits until it has written `ready`. */
async function start(script: string) {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-sweep-" });
  const mark = crypto.randomUUID();
  const child = new Deno.Command(findSetsid() ?? "setsid", {
    args: ["bash", "-c", script],
    cwd: folder,
    env: { MARK: mark },
    stdin: "null",
  }).spawn();
  await until("the script", () => exists(`${folder}/ready`));
  const owner: Owner = { mark, session: child.pid, began: undefined };
  return {
    owner,
    pid: child.pid,
    /** Whether the script has written a file. */
    has: (name: string) => exists(`${folder}/${name}`),
    /** The pid that the script wrote into a file. */
    pidIn: (name: string) => Number(Deno.readTextFileSync(`${folder}/${name}`)),
    async [Symbol.asyncDispose]() {
      for (const { name } of Deno.readDirSync(folder)) {
        if (name.endsWith(".pid")) kill(Number(Deno.readTextFileSync(`${folder}/${name}`)));
      }
      kill(child.pid);
      await child.status;
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** What happened to each owner's processes. */
async function outcomes(owners: readonly Owner[], changes: Partial<SweepOptions> = {}) {
  const swept = await sweep(owners, { ...OPTIONS, ...changes });
  return owners.map(({ mark }) => swept.get(mark)?.outcome);
}

Deno.test("children in their own groups or sessions end with the rest", async () => {
  await using site = await start(`set -m; sleep 99 & echo $! > a.pid
    setsid sleep 99 & sleep 99 < /dev/null & env -i sleep 99 & echo $! > b.pid
    timeout 99 sleep 99 & echo $! > c.pid; touch ready; wait`);
  assert.deepEqual(await outcomes([site.owner]), ["ended"]);
  for (const name of ["a.pid", "b.pid", "c.pid"]) assert.equal(isAlive(site.pidIn(name)), false);
  const listing = await listProcesses("MARK");
  assert.equal(listing?.processes.some(({ mark }) => mark === site.owner.mark), false);
});

Deno.test("the rest of a group has the whole grace even if the leader ends at once", async () => {
  await using site = await start(`(trap 'sleep 0.4; echo bye > said; exit' TERM; echo > in
    while :; do sleep 0.05; done) & until [ -e in ]; do sleep 0.01; done; touch ready; wait`);
  assert.deepEqual(await outcomes([site.owner]), ["ended"]);
  assert.equal(exists(`/proc/${site.pid}/cwd`), false);
  assert.equal(site.has("said"), true);
});

Deno.test("processes that ignore SIGTERM are killed after one grace, however many there are", async () => {
  const stubborn = "trap '' TERM; touch ready; while :; do sleep 0.05; done";
  await using first = await start(stubborn);
  await using second = await start(stubborn);
  const owners = [first.owner, second.owner, { ...first.owner, mark: "none", session: 0 }];
  assert.deepEqual(await outcomes(owners, { graceMs: 200 }), ["ended", "ended", "none"]);
});

Deno.test("a process that shows no mark for a moment, as in an exec, is not taken for gone", async () => {
  await using site = await start("trap '' TERM; touch ready; while :; do sleep 0.05; done");
  const owner: Owner = { ...site.owner, session: undefined };
  let listings = 0;
  const list = async () => {
    const listing = await listProcesses("MARK");
    if (++listings !== 2 || listing === undefined) return listing;
    return { ...listing, processes: listing.processes.map((one) => ({ ...one, mark: undefined })) };
  };
  assert.deepEqual(await outcomes([owner], { graceMs: 500, list }), ["ended"]);
  assert.equal(isAlive(site.pid), false);
});

Deno.test("no process gets SIGTERM twice", async () => {
  await using site = await start(`n=0; trap 'n=$((n+1)); echo $n > count' TERM; touch ready
    while :; do sleep 0.05; done`);
  const before = performance.now();
  const list = async () => {
    const listing = await OPTIONS.list();
    return performance.now() - before > 1_200 ? undefined : listing;
  };
  assert.deepEqual(await outcomes([site.owner], { list }), ["left"]);
  await until("the count", () => exists(`/proc/${site.pid}/cwd/count`));
  assert.equal(Deno.readTextFileSync(`/proc/${site.pid}/cwd/count`).trim(), "1");
});

Deno.test("if nothing can be listed, nothing is signalled", async () => {
  await using site = await start("touch ready; sleep 99");
  const list = () => Promise.resolve(undefined);
  assert.deepEqual(await outcomes([site.owner], { list }), ["unknown"]);
  assert.equal(isAlive(site.pid), true);
});

Deno.test("a stop ends a sweep before its grace is over", async () => {
  await using site = await start("trap '' TERM; touch ready; while :; do sleep 0.05; done");
  const stop = AbortSignal.timeout(100);
  assert.deepEqual(await outcomes([site.owner], { graceMs: 9_000, stop }), ["left"]);
  assert.equal(isAlive(site.pid), true);
});
