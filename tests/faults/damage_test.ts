import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Notes each run in a file. */
const NOTES_RUNS =
  `#!/bin/bash\necho run >> runs; echo '{"status":"ok","state_updates":{"n":1}}'\n`;
/** As above, and waits until it is told to go on. */
const WAITS = NOTES_RUNS.replace("echo '{", "until [ -e go ]; do sleep 0.02; done; echo '{");

function runs(site: Site): number {
  const path = `${site.folder}/plugins/it/runs`;
  return exists(path) ? Deno.readTextFileSync(path).trim().split("\n").length : 0;
}

/** Overwrites the page at which a table or an index begins. */
function damage(site: Site, name: string): void {
  const [row] = site.query(`SELECT rootpage AS page FROM sqlite_schema WHERE name = '${name}'`);
  const [size] = site.query("PRAGMA page_size");
  const bytes = Number(size?.page_size);
  using file = Deno.openSync(`${site.folder}/data/state.db`, { write: true });
  file.seekSync((Number(row?.page) - 1) * bytes, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(bytes).fill(0xa5));
}

const parts = ["job_log", "job_log_completed", "plugin_state", "job_queue_live", "schedule"];
for (const part of parts) {
  Deno.test(`damage in ${part} is found at the start, and no plugin is run`, async () => {
    await using site = createSite({
      it: { script: NOTES_RUNS, entry: "{ schedule: { every: 1s } }" },
    });
    const first = site.start();
    await first.logged("Job succeeded");
    assert.equal(await first.stop(), 0);
    damage(site, part);
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
    recordFault({ fault: `damage in ${part} at the start`, times: 1, outcome, isNew: true });
  });
}

Deno.test("damage that a settle finds ends the gateway, and no later start runs the job again", async () => {
  await using site = createSite({ it: { script: WAITS } });
  const first = site.start();
  await until("the plugin", () => runs(site) === 1);
  site.query("PRAGMA wal_checkpoint(TRUNCATE)");
  damage(site, "job_log");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  assert.equal(await first.exit, 1, first.evidence());
  await first.logged("Gateway cannot go on");
  assert.match(first.stderr[0] ?? "", /^Cannot go on: database .* restore it from a backup$/);
  for (let start = 0; start < 3; start++) {
    const next = site.start();
    assert.equal(await next.exit, 1, next.evidence());
    assert.match(next.stderr[0] ?? "", /^Cannot use database .* it is damaged/);
  }
  assert.equal(runs(site), 1);
  const outcome = "exit 1 at it and at each start, run once";
  recordFault({ fault: "damage found by a settle", times: 1, outcome, isNew: true });
});
