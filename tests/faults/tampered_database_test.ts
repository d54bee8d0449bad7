import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";

const OK = `#!/bin/bash\necho '{"status":"ok"}'\n`;
const OFTEN = "{ schedule: { every: 100ms } }";
const OURS = "PRAGMA application_id = 0x534e434c;";

const strange: readonly [what: string, sql: string, error: RegExp][] = [
  [
    "the gateway's mark, but another program's table under one of the gateway's names",
    `${OURS} CREATE TABLE job_log (x)`,
    /: table job_log already exists; restore it from a backup, or set another state\.path$/,
  ],
  [
    "the gateway's mark and version, but none of its tables",
    `${OURS} PRAGMA user_version = 2; CREATE TABLE x (x)`,
    /: no such table: job_queue; restore it from a backup/,
  ],
];
for (const [what, sql, error] of strange) {
  Deno.test(`a database with ${what} causes one line and exit code 1`, async () => {
    await using site = createSite({ it: { script: OK } });
    Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
    const path = `${site.folder}/data/state.db`;
    {
      using db = new DatabaseSync(path);
      db.exec(sql);
    }
    const gateway = site.start();
    await gateway.logged("Gateway cannot start");
    assert.equal(await gateway.exit, 1);
    assert.equal(gateway.stderr.length, 1);
    assert.match(gateway.stderr[0] ?? "", /^Cannot (open|use) database /);
    assert.match(gateway.stderr[0] ?? "", error);
    const fault = `database with ${what}`;
    recordFault({ fault, times: 1, outcome: "exit 1, one line", isNew: true });
  });
}

Deno.test("a table that is dropped while running causes one line, and so does each later start", async () => {
  await using site = createSite({ it: { script: OK, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  site.execute("DROP TABLE job_log");
  await gateway.logged("Gateway cannot continue");
  assert.equal(await gateway.exit, 1);
  assert.equal(gateway.count("Gateway cannot start"), 0);
  assert.equal(gateway.stderr.length, 1);
  assert.match(gateway.stderr[0] ?? "", /no such table: job_log; restore it from a backup$/);
  const next = site.start();
  await next.logged("Gateway cannot start");
  assert.equal(await next.exit, 1);
  assert.match(next.stderr[0] ?? "", /no such table: job_log; restore it from a backup$/);
  const outcome = "exit 1, one line";
  recordFault({ fault: "table dropped while running", times: 1, outcome, isNew: true });
});

Deno.test("used-up row numbers are not reported as a full disk, and the message says what to do", async () => {
  await using site = createSite({ it: { script: OK, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  site.execute("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'job_queue'");
  assert.equal(await gateway.exit, 1, gateway.evidence());
  assert.equal(gateway.stderr.length, 1);
  assert.match(gateway.stderr[0] ?? "", /the largest possible number .*; delete that row/);
  site.execute(
    "UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM job_queue) WHERE name = 'job_queue'",
  );
  const next = site.start();
  await next.logged("Job succeeded");
  assert.equal(await next.stop(), 0);
  const outcome = "exit 1, one line with what to do";
  recordFault({ fault: "queue numbers used up", times: 1, outcome, isNew: true });
});
