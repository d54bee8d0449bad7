import assert from "node:assert/strict";
import { IS_LONG, recordFault } from "../support/campaign.ts";
import type { GatewayProcess } from "../support/gateway_process.ts";
import { createLedgerSite, overlaps } from "../support/ledger.ts";
import { createSite, type Site, type TestPlugin } from "../support/site.ts";
import { canMount, createSmallDiskSite } from "../support/small_disk.ts";
import { exists, skipWhere } from "../support/tools.ts";
import { assertVerified } from "../support/verified.ts";
import { isAlive, until } from "../support/wait.ts";

/** A grace of 5 s, and the time to end so many processes on a slow machine; a grace each would be minutes. */
const LESS_THAN_THREE_GRACES_MS = 14_500;

function pluginsOf(n: number, plugin: TestPlugin): Readonly<Record<string, TestPlugin>> {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, plugin]));
}

/**
 * Ignores SIGTERM, as does its child in a session of its own, and writes both pids. It has finished if it
 * is told to.
 */
const STUBBORN = `#!/bin/bash
[ -e ../../well ] && { echo '{"status":"ok"}'; exit; }
trap '' TERM
setsid bash -c 'echo $$ > child; while [ -e run.sh ]; do sleep 1; done' &
until [ -s child ]; do sleep 0.05; done
echo "$$ $(cat child)" > pids.tmp; mv pids.tmp pids
while [ -e run.sh ]; do sleep 1; done`;

const pathsOf = ({ folder }: Site, n: number) =>
  Array.from({ length: n }, (_, i) => `${folder}/plugins/p${i}/pids`);

const readPids = (path: string) => Deno.readTextFileSync(path).trim().split(" ").map(Number);

/** Waits for the pids of all plugins and their children. */
async function allPids(site: Site, n: number, gateway: GatewayProcess): Promise<number[]> {
  await until("all plugins", () => pathsOf(site, n).every(exists), gateway.evidence);
  return pathsOf(site, n).flatMap(readPids);
}

const JOBS = "SELECT DISTINCT status, attempt FROM job_queue";

for (const lanes of IS_LONG ? [4, 32] : [32]) {
  Deno.test(`a stop ends ${lanes} plugins, and their children in other sessions, in one grace`, async () => {
    const plugins = pluginsOf(lanes, { script: STUBBORN });
    await using site = createSite(plugins, `max_running: ${lanes}, shutdown_grace: 0s`);
    const gateway = site.start();
    const pids = await allPids(site, lanes, gateway);
    const began = performance.now();
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    const tookMs = performance.now() - began;
    assert.deepEqual(pids.filter(isAlive), []);
    assert.ok(tookMs < LESS_THAN_THREE_GRACES_MS, `${tookMs} ms for one grace of 5 s`);
    assert.deepEqual(site.query(JOBS), [{ status: "queued", attempt: 2 }]);
    const outcome = "one grace for all, each is queued again";
    const fault = `stop with ${lanes} stubborn plugins and children`;
    recordFault({ fault, times: lanes, outcome, isNew: true });
  });
}

for (const lanes of IS_LONG ? [4, 32] : []) { // the short form has fifty orphans in processes_test.ts
  Deno.test(`a start ends what ${lanes} plugins left at a crash, and runs each again`, async () => {
    const plugins = pluginsOf(lanes, { script: STUBBORN });
    await using site = createSite(plugins, `max_running: ${lanes}`);
    const first = site.start();
    const pids = await allPids(site, lanes, first);
    await first.kill();
    assert.deepEqual(pids.filter((pid) => !isAlive(pid)), []);
    Deno.writeTextFileSync(`${site.folder}/well`, "");
    const began = performance.now();
    const second = site.start();
    await second.loggedTimes("Orphaned job recovered", lanes);
    const tookMs = performance.now() - began;
    assert.deepEqual(pids.filter(isAlive), []);
    assert.ok(tookMs < LESS_THAN_THREE_GRACES_MS, `${tookMs} ms for one grace of 5 s`);
    await second.loggedTimes("Job succeeded", lanes);
    assert.equal(await second.stop(), 0);
    assert.deepEqual(site.query(JOBS), [{ status: "succeeded", attempt: 2 }]);
    const outcome = "one grace for all, each runs again";
    const fault = `SIGKILL with ${lanes} stubborn plugins and children`;
    recordFault({ fault, times: lanes, outcome, isNew: true });
  });

  Deno.test(`${lanes} plugins and their children in other sessions end at one deadline`, async () => {
    const script = STUBBORN.replaceAll("trap '' TERM\n", "");
    const entry = "{ schedule: { every: 1h }, timeouts: { poll: 2s } }";
    await using site = createSite(pluginsOf(lanes, { script, entry }), `max_running: ${lanes}`);
    const gateway = site.start();
    await gateway.loggedTimes("Job failed", lanes);
    const pids = pathsOf(site, lanes).filter(exists).flatMap(readPids);
    assert.ok(pids.length > lanes, "most of them had a child by then");
    assert.deepEqual(pids.filter(isAlive), []);
    const reasons = gateway.log().filter(({ message }) => message === "Job failed")
      .map(({ reason }) => reason);
    assert.deepEqual([...new Set(reasons)], ["timeout"]);
    assert.equal(await gateway.stop(), 0);
    const outcome = "all ended, each failed as a timeout";
    const fault = `${lanes} plugins with children at one deadline`;
    recordFault({ fault, times: lanes, outcome, isNew: true });
  });
}

/** Counts its runs in a file and in its state once there is a file `go`; every other plugin fails. */
const FINISHES = `#!/bin/bash
read -r request; echo run >> runs
until [ -e ../../go ] || ! [ -e run.sh ]; do sleep 0.1; done
case $SENECHAL_PLUGIN in *[13579]) echo no network >&2; exit 1;; esac
echo '{"status":"ok","state_updates":{"n":1}}'`;

for (const lanes of IS_LONG ? [4, 8, 32] : [8]) {
  Deno.test({
    name: `a disk that is full while ${lanes} jobs run loses none of their outcomes`,
    ignore: skipWhere(canMount() ? undefined : "mount is not allowed here", "full disk"),
    async fn() {
      const plugins = pluginsOf(lanes, { script: FINISHES });
      await using site = createSmallDiskSite(plugins, `max_running: ${lanes}`);
      const runs = (name: string) => exists(`${site.folder}/plugins/${name}/runs`);
      const gateway = site.start();
      await until("all to run", () => Object.keys(plugins).every(runs), gateway.evidence);
      site.fill();
      await gateway.logged("Storage failed, trying again");
      Deno.writeTextFileSync(`${site.folder}/go`, "");
      const waiting = () =>
        gateway.log().filter(({ action, message }) =>
          action === "settle" && message === "Storage failed, trying again"
        );
      await until("each to wait", () => waiting().length >= lanes, gateway.evidence);
      Deno.removeSync(site.filler);
      await gateway.loggedTimes("Job succeeded", lanes / 2);
      await gateway.loggedTimes("Job failed", lanes / 2);
      assert.equal(await gateway.stop(), 0);
      assertVerified(site);
      const stored: readonly unknown[] = site.query(`
        SELECT job.plugin, job.status, count(log.id) AS logged, state FROM job_queue AS job
        LEFT JOIN job_log AS log ON log.job_id = job.id
        LEFT JOIN plugin_state ON plugin_name = job.plugin GROUP BY job.seq ORDER BY job.seq`);
      const expected = Object.keys(plugins).map((plugin, i) => {
        const [status, state] = i % 2 === 0 ? ["succeeded", '{"n":1}'] : ["failed", null];
        return { plugin, status, logged: 1, state };
      });
      assert.deepEqual(stored, expected);
      for (const name of Object.keys(plugins)) {
        assert.equal(Deno.readTextFileSync(`${site.folder}/plugins/${name}/runs`), "run\n");
      }
      const outcome = "all settled, each run once";
      const fault = `disk full while ${lanes} jobs run`;
      recordFault({ fault, times: lanes, outcome, isNew: true });
    },
  });
}

/** What may come between two runs of a plugin. The gateway runs on, or another one is started. */
type Break = (site: Site, gateway: GatewayProcess) => Promise<GatewayProcess>;

const BREAKS: readonly (readonly [name: string, step: Break])[] = [
  ["crash", async (site, gateway) => {
    await gateway.kill();
    return site.start();
  }],
  ["stop", async (site, gateway) => {
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    return site.start();
  }],
  ["lost log", async (site, gateway) => {
    const said = "Write-ahead log was deleted or replaced, opening the database again";
    const before = gateway.count(said);
    removeDatabase(site, "state.db-wal");
    await gateway.loggedTimes(said, before + 1);
    return gateway;
  }],
  ["restored backup", async (site, gateway) => {
    const backup = `${site.folder}/backup.db`;
    site.query(`VACUUM INTO '${backup}'`);
    await gateway.loggedTimes("Job succeeded", gateway.count("Job succeeded") + 1);
    const before = gateway.count(REOPENED);
    removeDatabase(site);
    Deno.renameSync(backup, `${site.folder}/data/state.db`);
    await gateway.loggedTimes(REOPENED, before + 1);
    return gateway;
  }],
  ["deleted database", async (site, gateway) => {
    const before = gateway.count(REOPENED);
    removeDatabase(site);
    await gateway.loggedTimes(REOPENED, before + 1);
    return gateway;
  }],
];

/**
 * Waits for the runs that have begun so far. A kill before that would leave runs that only a deleted
 * database names; docs/reliability.md says so.
 */
async function oldRunsEnd(gateway: GatewayProcess, plugins: readonly string[]): Promise<void> {
  const count = (said: string, name: string) =>
    gateway.log().filter(({ message, plugin }) => message === said && plugin === name).length;
  const begun = plugins.map((name) => ({ name, times: count("Plugin spawned", name) }));
  await until(
    "the end of old runs",
    () => begun.every(({ name, times }) => count("Plugin ended", name) >= times),
    gateway.evidence,
  );
}

const REOPENED = "Database was deleted or replaced, opening it again";

function removeDatabase({ folder }: Site, prefix = "state.db"): void {
  for (const { name } of Deno.readDirSync(`${folder}/data`)) {
    if (name.startsWith(prefix)) Deno.removeSync(`${folder}/data/${name}`);
  }
}

for (const lanes of IS_LONG ? [4, 32] : [4]) {
  Deno.test(`no runs of one plugin overlap, whatever comes between, with ${lanes} lanes`, async () => {
    const rounds = IS_LONG ? 4 : 1;
    const { site: made, names } = createLedgerSite(lanes);
    await using site = made;
    let gateway = site.start();
    for (let round = 0; round < rounds; round++) {
      for (const [name, step] of BREAKS) {
        await gateway.loggedTimes("Plugin spawned", gateway.count("Plugin spawned") + lanes);
        gateway = await step(site, gateway);
        await oldRunsEnd(gateway, names);
        await gateway.loggedTimes("Job succeeded", gateway.count("Job succeeded") + lanes);
        assert.deepEqual(overlaps(site, names), [], name);
      }
    }
    assert.equal(await gateway.stop(), 0);
    assertVerified(site);
    assert.deepEqual(site.query("SELECT id FROM job_queue WHERE status = 'running'"), []);
    recordFault({
      fault: `crash, stop, lost log, restored and deleted database, ${lanes} lanes`,
      times: rounds * BREAKS.length,
      outcome: "no two runs of one plugin at once",
      isNew: true,
    });
  });
}
