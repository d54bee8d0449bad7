import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Records each run in a file. */
const NOTES_RUNS =
  `#!/bin/bash\necho run >> runs; echo '{"status":"ok","state_updates":{"n":1}}'\n`;
/** As above, and waits for the file `go`. */
const WAITS = NOTES_RUNS.replace(
  "echo '{",
  "until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done; echo '{",
);

function runs(site: Site): number {
  const path = `${site.folder}/plugins/it/runs`;
  return exists(path) ? Deno.readTextFileSync(path).trim().split("\n").length : 0;
}

/** The offset in the database of the first page of a table or an index. */
function placeOf(site: Site, name: string): { readonly at: number; readonly bytes: number } {
  const [row] = site.query(`SELECT rootpage AS page FROM sqlite_schema WHERE name = '${name}'`);
  const bytes = Number(site.query("PRAGMA page_size")[0]?.page_size);
  return { at: (Number(row?.page) - 1) * bytes, bytes };
}

function damage(site: Site, { at, bytes }: ReturnType<typeof placeOf>): void {
  using file = Deno.openSync(`${site.folder}/data/state.db`, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(bytes).fill(0xa5));
}

const parts = [
  ["job_log", true],
  ["job_log_completed", false],
  ["plugin_state", true],
  ["job_queue_live_plugin", false],
  ["schedule", false],
] as const;
for (const [part, isNew] of parts) {
  Deno.test(`damage in ${part} is found at the start, and no plugin runs`, async () => {
    await using site = createSite({
      it: { script: NOTES_RUNS, entry: "{ schedule: { every: 1s } }" },
    });
    const first = site.start();
    await first.logged("Job succeeded");
    assert.equal(await first.stop(), 0);
    damage(site, placeOf(site, part));
    const path = `${site.folder}/data/state.db`;
    const before = Deno.readFileSync(path);
    const ran = runs(site);
    const second = site.start();
    assert.equal(await second.exit, 1, second.evidence());
    assert.match(
      second.stderr[0] ?? "",
      /^Cannot use database .* it is damaged \(.*\); restore it/,
    );
    assert.equal(second.stderr.length, 1);
    assert.equal(runs(site), ran);
    assert.deepEqual(Deno.readFileSync(path), before);
    const outcome = "exit 1, byte for byte, nothing run";
    recordFault({ fault: `damage in ${part} at the start`, times: 1, outcome, isNew });
  });
}

Deno.test("damage that a settle finds ends the gateway, and no later start runs the job again", async () => {
  await using site = createSite({ it: { script: WAITS } });
  const first = site.start();
  await until("the plugin", () => runs(site) === 1);
  site.query("PRAGMA wal_checkpoint(TRUNCATE)");
  damage(site, placeOf(site, "job_log"));
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  assert.equal(await first.exit, 1, first.evidence());
  await first.logged("Gateway cannot continue");
  assert.match(first.stderr[0] ?? "", /^Cannot continue: database .* restore it from a backup$/);
  for (let start = 0; start < 3; start++) {
    const next = site.start();
    assert.equal(await next.exit, 1, next.evidence());
    assert.match(next.stderr[0] ?? "", /^Cannot use database .* it is damaged/);
  }
  assert.equal(runs(site), 1);
  const outcome = "exit 1 at once and at each start, run once";
  recordFault({ fault: "damage found by a settle", times: 1, outcome });
});

/**
 * Fills the database beyond the size that the start checks, and leaves a `-wal`.
 *
 * @returns the offset at which the pages begin that no gateway reads.
 */
async function makeLarge(site: Site): Promise<ReturnType<typeof placeOf>> {
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  site.execute(`
    CREATE TABLE ballast (bytes BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
      INSERT INTO ballast SELECT randomblob(1000000) FROM n;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  const ballast = placeOf(site, "ballast");
  await until("a -wal", () => Deno.statSync(`${site.folder}/data/state.db-wal`).size > 0);
  await gateway.kill();
  return ballast;
}

Deno.test("a text file that replaces the database in use ends the gateway", async () => {
  await using site = createSite({
    it: { script: NOTES_RUNS, entry: "{ schedule: { every: 1s } }" },
  });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const path = `${site.folder}/data/state.db`;
  Deno.writeTextFileSync(`${path}.new`, "my notes\n".repeat(1_000));
  Deno.renameSync(`${path}.new`, path);
  await gateway.logged("Gateway cannot continue");
  assert.equal(await gateway.exit, 1, gateway.evidence());
  assert.match(gateway.stderr.at(-1) ?? "", /^Cannot (open|use) database .*state\.db/);
  assert.equal(Deno.readTextFileSync(path), "my notes\n".repeat(1_000));
  const outcome = "exit 1, the file untouched";
  recordFault({
    fault: "text file put in place of the database in use",
    times: 1,
    outcome,
    isNew: true,
  });
});

Deno.test("after a crash, a large database is checked beside the work", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS } });
  await makeLarge(site);
  const gateway = site.start();
  await gateway.logged("Gateway started");
  await gateway.logged("Database checked, no damage found");
  assert.equal(await gateway.stop(), 0);
  const afterStop = site.start();
  await afterStop.logged("Tick");
  assert.equal(await afterStop.stop(), 0);
  const messages = afterStop.log().map(({ message }) => message);
  assert.ok(!messages.includes("Database checked, no damage found"), "it was closed");
  const fault = "crash with a database of 80 MB";
  recordFault({ fault, times: 1, outcome: "checked while the gateway works", isNew: true });
});

Deno.test("damage in a large database ends the gateway, and the next start claims nothing", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS } });
  damage(site, await makeLarge(site));
  const first = site.start();
  await first.logged("Gateway cannot continue");
  assert.equal(await first.exit, 1);
  assert.match(
    first.stderr.at(-1) ?? "",
    /^Cannot continue: database .* restore it from a backup$/,
  );
  const next = site.start();
  await next.logged("Gateway cannot start");
  assert.equal(await next.exit, 1);
  assert.match(next.stderr[0] ?? "", /^Cannot use database .* it is damaged/);
  assert.ok(!next.log().some(({ message }) => message === "Job claimed"));
  assert.equal(runs(site), 1);
  const fault = "damage in a database of 80 MB";
  recordFault({ fault, times: 1, outcome: "exit 1, refused from then on", isNew: true });
});
