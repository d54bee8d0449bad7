import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { assertVerified } from "../support/verified.ts";
import { until } from "../support/wait.ts";

/** Counts its runs in its state. */
const COUNTS = `#!/bin/bash
n=$(sed -E 's/.*"n":([0-9]+).*/\\1/;t;s/.*/0/')
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1))}}"
`;
const WAITS =
  `#!/bin/bash\necho run >> runs; until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done\necho '{"status":"ok"}'\n`;
const OFTEN = "{ schedule: { every: 200ms } }";

const databaseOf = ({ folder }: Site) => `${folder}/data/state.db`;

/** Asserts that the database is whole, and that the state counts exactly its successes. */
function assertWhole(site: Site): number {
  assertVerified(site);
  const [row] = site.query(`
    SELECT count(*) AS n, (SELECT json_extract(state, '$.n') FROM plugin_state) AS state
    FROM job_log WHERE status = 'succeeded'`);
  assert.equal(row?.n, row?.state);
  return Number(row?.n);
}

/** A process that reads the database, and ends without closing it. */
async function startReader(site: Site): Promise<AsyncDisposable> {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(Deno.args[0]);
    db.exec("BEGIN; SELECT count(*) FROM job_log");
    console.log("reads");
    setInterval(() => {}, 1_000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", script, databaseOf(site)],
    stdout: "piped",
  }).spawn();
  const said = child.stdout.getReader();
  await said.read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await said.cancel();
    },
  };
}

for (const suffix of ["-wal", "-shm"]) {
  Deno.test(`a deleted ${suffix} stays in use while another process has the database open, even if it reads nothing`, async () => {
    await using site = createSite({ it: { script: COUNTS, entry: OFTEN } });
    const gateway = site.start();
    await gateway.loggedTimes("Job succeeded", 2);
    const keepsOpen = new DatabaseSync(databaseOf(site));
    keepsOpen.prepare("SELECT count(*) FROM job_log").get();
    Deno.removeSync(`${databaseOf(site)}${suffix}`);
    const failure = await gateway.logged("Storage failed, trying again", {
      action: "keep database",
    });
    assert.match(String(failure.error), /another process .*; end it$/);
    keepsOpen.close();
    await gateway.logged("Storage works again", { action: "keep database" });
    const succeeded = gateway.count("Job succeeded");
    await gateway.loggedTimes("Job succeeded", succeeded + 2);
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    assert.equal(assertWhole(site), gateway.count("Job succeeded"));
    const fault = `${suffix} deleted while another process has the database open`;
    recordFault({ fault, times: 1, outcome: "waited, nothing lost", isNew: true });
  });
}

Deno.test("a stop that cannot save a deleted -wal leaves a whole copy, and the next start waits for the reader", async () => {
  await using site = createSite({ it: { script: COUNTS, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  let saved = "";
  {
    await using _reader = await startReader(site);
    const before = gateway.count("Job succeeded");
    await gateway.loggedTimes("Job succeeded", before + 2);
    Deno.removeSync(`${databaseOf(site)}-wal`);
    await gateway.logged("Storage failed, trying again", { action: "keep database" });
    gateway.signal("SIGTERM");
    await gateway.logged("Storage failed, trying again", { action: "save log" });
    gateway.signal("SIGQUIT");
    assert.equal(await gateway.exit, 0, gateway.evidence());
    const told = await gateway.logged("Database closed, its write-ahead log is lost");
    assert.equal(told.level, "error");
    saved = String(told.saved_as);
    assert.equal((Deno.statSync(saved).mode ?? 0) & 0o777, 0o600);
    const next = site.start();
    await next.logged("Storage failed, trying again", { action: "open database" });
    assert.equal(await next.stop(), 0, next.evidence());
  }
  for (const suffix of ["", "-shm"]) Deno.removeSync(`${databaseOf(site)}${suffix}`);
  Deno.renameSync(saved, databaseOf(site));
  assert.equal(assertWhole(site), gateway.count("Job succeeded"));
  const last = site.start();
  await last.logged("Job succeeded");
  assert.equal(await last.stop(), 0, last.evidence());
  assertWhole(site);
  const fault = "-wal deleted, and another process reads longer than a stop waits";
  recordFault({
    fault,
    times: 1,
    outcome: "logged, full copy saved, the next start waits",
    isNew: true,
  });
});

Deno.test("a database that returns after its replacement could not be opened is opened again", async () => {
  await using site = createSite({ it: { script: COUNTS, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  const data = `${site.folder}/data`;
  site.query(`VACUUM INTO '${site.folder}/other.db'`);
  using other = new DatabaseSync(`${site.folder}/other.db`);
  other.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  Deno.renameSync(data, `${data}.away`);
  Deno.mkdirSync(data, { mode: 0o700 });
  Deno.renameSync(`${site.folder}/other.db`, `${data}/state.db`);
  const failure = { action: "keep database" };
  await gateway.logged("Storage failed, trying again", failure);
  await until("the other database", () => exists(`${data}/senechal-gw.lock`));
  Deno.renameSync(data, `${data}.other`);
  Deno.renameSync(`${data}.away`, data);
  await gateway.logged("Storage works again", failure);
  const succeeded = gateway.count("Job succeeded");
  await gateway.loggedTimes("Job succeeded", succeeded + 2);
  assert.equal(await gateway.stop(), 0, gateway.evidence());
  assertWhole(site);
  const fault = "data folder taken away, a locked database in its place, and brought back";
  recordFault({ fault, times: 1, outcome: "waited, opened again", isNew: true });
});

Deno.test("damage in a database that is swapped in while a plugin runs is recorded before the wait for the plugin", async () => {
  await using site = createSite({ it: { script: WAITS } });
  const gateway = site.start();
  await until("the plugin", () => exists(`${site.folder}/plugins/it/runs`));
  Deno.writeTextFileSync(`${site.folder}/new.db`, "my notes\n".repeat(1_000));
  Deno.renameSync(`${site.folder}/new.db`, databaseOf(site));
  await gateway.logged("Stopping");
  const lock = Deno.readTextFileSync(`${site.folder}/data/senechal-gw.lock`);
  await gateway.kill();
  assert.match(lock, /^damaged$/m);
  const fault = "damaged database put in place while a plugin runs, then kill -9";
  recordFault({ fault, times: 1, outcome: "marked at once", isNew: true });
});
