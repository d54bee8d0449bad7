import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists, run } from "../support/tools.ts";
import { assertVerified } from "../support/verified.ts";
import { isAlive, until } from "../support/wait.ts";

const OFTEN = "{ schedule: { every: 200ms } }";
const OK = `#!/bin/bash\necho '{"status":"ok","state_updates":{"n":1}}'\n`;
const WAITS =
  `#!/bin/bash\necho run >> runs; until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done\necho '{"status":"ok"}'\n`;

const databaseOf = ({ folder }: Site) => `${folder}/data/state.db`;

/** Asserts that the database is whole and has every job that the log reported as succeeded. */
function assertStored(site: Site, succeeded: number): void {
  assertVerified(site);
  const [row] = site.query("SELECT count(*) AS n FROM job_log WHERE status = 'succeeded'");
  assert.equal(row?.n, succeeded);
}

/** Another process that reads, and so prevents a checkpoint of the write-ahead log. */
function startReader(site: Site): Disposable {
  const db = new DatabaseSync(databaseOf(site), { readOnly: true });
  db.exec("BEGIN; SELECT count(*) FROM job_log");
  return { [Symbol.dispose]: () => db.close() };
}

for (const moment of ["at the next tick", "at a stop"]) {
  Deno.test(`a -wal that is deleted while another process reads is saved ${moment}, once that process has ended`, async () => {
    const tick = moment === "at a stop" ? "tick_interval: 1d" : "";
    await using site = createSite({ it: { script: OK, entry: OFTEN } });
    if (tick !== "") {
      const config = `${site.folder}/config.yaml`;
      const text = Deno.readTextFileSync(config).replace("tick_interval: 100ms", tick);
      Deno.writeTextFileSync(config, text);
    }
    const gateway = site.start();
    await gateway.loggedTimes("Job succeeded", tick === "" ? 3 : 1);
    {
      using _reader = startReader(site);
      if (tick === "") {
        const before = gateway.count("Job succeeded");
        await gateway.loggedTimes("Job succeeded", before + 2);
      }
      if (tick !== "") site.execute("INSERT INTO plugin_state VALUES ('other', '{}', 'now')");
      Deno.removeSync(`${databaseOf(site)}-wal`);
      if (tick !== "") Deno.kill(gateway.pid, "SIGTERM");
      await gateway.logged("Storage failed, trying again");
    }
    await gateway.logged("Storage works again");
    const code = tick === "" ? gateway.stop() : gateway.exit;
    assert.equal(await code, 0, gateway.evidence());
    assertStored(site, gateway.count("Job succeeded"));
    const fault = `-wal deleted while another process reads, ${moment}`;
    recordFault({ fault, times: 1, outcome: "waited, nothing lost", isNew: true });
  });
}

/** Writes half a transaction with a rollback journal, and dies. */
const DIES_WRITING = `
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(Deno.args[0]);
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; CREATE TABLE half (a)");
  for (let n = 0; n < 50; n++) db.exec("INSERT INTO half VALUES (randomblob(4000))");
  Deno.kill(Deno.pid, "SIGKILL");
`;

async function leaveHalf(path: string): Promise<void> {
  await run(Deno.execPath(), ["eval", "--quiet", DIES_WRITING, path]);
  assert.ok(Deno.statSync(`${path}-journal`).size > 512, "a hot journal");
}

Deno.test("what a crash left half-written in the first start, or in a rollback journal, is rolled back", async () => {
  await using site = createSite({ it: { script: OK } });
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  await leaveHalf(databaseOf(site));
  const first = site.start();
  await first.logged("Job succeeded");
  assert.equal(await first.stop(), 0);
  await leaveHalf(databaseOf(site));
  const second = site.start();
  await second.logged("Tick");
  assert.equal(await second.stop(), 0);
  assertStored(site, 1);
  assert.deepEqual(site.query("SELECT name FROM sqlite_schema WHERE name = 'half'"), []);
  const outcome = "rolled back, runs";
  recordFault({ fault: "crash with a rollback journal", times: 2, outcome, isNew: true });
});

Deno.test("another program's database with a rollback journal stays byte for byte as it was", async () => {
  await using site = createSite({ it: { script: OK } });
  const path = databaseOf(site);
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  {
    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (a)");
  }
  await leaveHalf(path);
  const [before, journal] = [Deno.readFileSync(path), Deno.readFileSync(`${path}-journal`)];
  const gateway = site.start();
  assert.equal(await gateway.exit, 1, gateway.evidence());
  assert.match(gateway.stderr[0] ?? "", /belongs to another program, which left it half-written/);
  assert.deepEqual(Deno.readFileSync(path), before);
  assert.deepEqual(Deno.readFileSync(`${path}-journal`), journal);
  const outcome = "exit 1, untouched";
  const fault = "rollback journal of another program";
  recordFault({ fault, times: 1, outcome, isNew: true });
});

Deno.test("a job that ends while the database cannot be reopened waits until it can", async () => {
  await using site = createSite({ it: { script: WAITS } });
  const gateway = site.start();
  await until("the plugin", () => exists(`${site.folder}/plugins/it/runs`));
  const path = databaseOf(site);
  site.query(`VACUUM INTO '${site.folder}/new.db'`);
  using other = new DatabaseSync(`${site.folder}/new.db`);
  other.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  for (const end of ["", "-wal", "-shm"]) Deno.removeSync(path + end);
  Deno.renameSync(`${site.folder}/new.db`, path);
  await gateway.logged("Storage failed, trying again", { action: "keep database" });
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  await gateway.logged("Storage failed, trying again", { action: "settle" });
  other.exec("COMMIT");
  other.close();
  await gateway.logged("Storage works again", { action: "settle" });
  assert.equal(await gateway.stop(), 0, gateway.evidence());
  const outcome = "waited, settled in the database that is there then";
  recordFault({
    fault: "job ends while the database is locked at its reopening",
    times: 1,
    outcome,
    isNew: true,
  });
});

Deno.test("a file with other contents in place of the lock is refused, and stays", async () => {
  await using site = createSite({ it: { script: OK } });
  const path = `${site.folder}/data/senechal-gw.lock`;
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  {
    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (a)");
  }
  const before = Deno.readFileSync(path);
  const gateway = site.start();
  assert.equal(await gateway.exit, 1, gateway.evidence());
  assert.match(gateway.stderr[0] ?? "", /the lock .*senechal-gw\.lock cannot be taken \(it holds/);
  assert.deepEqual(Deno.readFileSync(path), before);
  const fault = "another file in place of the lock";
  recordFault({ fault, times: 1, outcome: "exit 1, untouched", isNew: true });
});

const UNREADABLE_STATES = {
  "with a NUL": `'{"keep":1}' || char(0) || 'more'`,
  "that is not UTF-8": `CAST(x'7b2261223a22ff227d' AS TEXT)`,
};
for (const [what, sql] of Object.entries(UNREADABLE_STATES)) {
  Deno.test(`a stored state ${what} fails each job of its plugin and is kept`, async () => {
    await using site = createSite({ it: { script: OK, entry: OFTEN } });
    const first = site.start();
    await first.logged("Job succeeded");
    assert.equal(await first.stop(), 0);
    site.execute(`UPDATE plugin_state SET state = ${sql}`);
    const before = site.query("SELECT hex(state) AS state FROM plugin_state");
    const second = site.start();
    await second.logged("Job failed", { reason: "state" });
    assert.equal(await second.stop(), 0);
    assert.deepEqual(site.query("SELECT hex(state) AS state FROM plugin_state"), before);
    const outcome = "reason state, kept";
    recordFault({ fault: `stored state ${what}`, times: 1, outcome, isNew: true });
  });
}

Deno.test("damage that is found while a plugin runs is recorded before the wait for the plugin", async () => {
  await using site = createSite({ slow: { script: WAITS }, it: { script: OK, entry: OFTEN } });
  const first = site.start();
  const path = (name: string) => `${site.folder}/plugins/slow/${name}`;
  const spawned = await first.logged("Plugin spawned", { plugin: "slow" });
  await until("the plugin", () => exists(path("runs")));
  await first.logged("Job succeeded", { plugin: "it" });
  const [page] = site.query("SELECT rootpage AS n FROM sqlite_schema WHERE name = 'schedule'");
  const bytes = Number(site.query("PRAGMA page_size")[0]?.page_size);
  site.query("PRAGMA wal_checkpoint(TRUNCATE)");
  {
    using file = Deno.openSync(databaseOf(site), { write: true });
    file.seekSync((Number(page?.n) - 1) * bytes, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(bytes).fill(0xa5));
  }
  site.execute("DELETE FROM plugin_state"); // so that the gateway reads the database again
  await first.logged("Stopping");
  const lock = Deno.readTextFileSync(`${site.folder}/data/senechal-gw.lock`);
  await first.kill();
  assert.match(lock, /^damaged$/m);
  const next = site.start();
  assert.equal(await next.exit, 1, next.evidence());
  assert.equal(Deno.readTextFileSync(path("runs")), "run\n");
  Deno.writeTextFileSync(path("go"), ""); // nothing else ends it now
  const pid = Number(spawned.pid);
  await until("the end of the plugin", () => !isAlive(pid));
  const outcome = "marked at once, not run again";
  recordFault({
    fault: "damage found while a plugin runs, then kill -9",
    times: 1,
    outcome,
    isNew: true,
  });
});
