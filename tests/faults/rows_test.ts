import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";

const SCRIPT = `#!/bin/bash\ncat > /dev/null\necho '{"status":"ok","state_updates":{"a":1}}'\n`;
const NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/** SQL for a job that a person queued; `columns` holds the differences from a good one, as SQL. */
function insertJob(id: string, columns: Readonly<Record<string, string>> = {}): string {
  const row = {
    id: `'${id}'`,
    plugin: "'echo'",
    command: "'poll'",
    payload: "'{}'",
    status: "'queued'",
    attempt: "1",
    max_attempts: "4",
    submitted_by: "'operator'",
    created_at: NOW,
    ...columns,
  };
  return `INSERT INTO job_queue (${Object.keys(row).join()}) VALUES (${Object.values(row).join()})`;
}

/** What a person may write into a job's row, by job id: column, SQL, and how the log shows it. */
const QUEUED = {
  "word-for-a-time": ["created_at", "'today'", '"today"'],
  "empty-time": ["created_at", "''", '""'],
  "far-year": ["created_at", "'+300000-01-01T00:00:00.000Z'", '"+300000-01-01T00:00:00.000Z"'],
  "no-zone": ["created_at", "'2026-01-31T12:00:00'", '"2026-01-31T12:00:00"'],
  "nul-in-time": ["created_at", `${NOW} || char(0)`, undefined],
  "large-attempt": ["attempt", "9223372036854775807", "9223372036854775807"],
  "large-limit": ["max_attempts", "9007199254740992", "9007199254740992"],
  "list-as-payload": ["payload", "'[1]'", '"[1]"'],
  "text-as-payload": ["payload", "'run'", '"run"'],
  "odd-id": ["id", "'a b' || char(0)", '"a b\\u0000"'],
} as const;

const RUNNING = {
  "never-started": ["started_at", "NULL", "NULL"],
  "started-today": ["started_at", "'today'", '"today"'],
  "large-pid": ["pid", "9223372036854775807", "9223372036854775807"],
  "large-attempt-running": ["attempt", "9007199254740993", "9007199254740993"],
} as const;

/** A gateway's database after one run, with rows that a person wrote. */
async function prepare(site: Site, ...statements: readonly string[]): Promise<void> {
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  for (const statement of statements) site.execute(statement);
}

Deno.test("a job whose row cannot be read fails alone, with column and value, and the others run", async () => {
  await using site = createSite({ echo: { script: SCRIPT } });
  const rows = { ...QUEUED, ...RUNNING };
  const queued = Object.entries(QUEUED)
    .map(([id, [column, value]]) => insertJob(id, { [column]: value }));
  const running = Object.entries(RUNNING).map(([id, [column, value]]) =>
    insertJob(id, { status: "'running'", started_at: NOW, [column]: value })
  );
  await prepare(site, ...queued, ...running, insertJob("good"));
  const gateway = site.start();
  await gateway.logged("Job succeeded", { job_id: "good" });
  const failed = gateway.log().filter(({ message }) => message === "Job failed");
  assert.equal(failed.length, Object.keys(rows).length);
  for (const [id, [column, , shown]] of Object.entries(rows)) {
    const name = id === "odd-id" ? "a b\0" : id;
    const line = await gateway.logged("Job failed", { job_id: name, reason: "row" });
    const start = `its row in job_queue cannot be read: column ${column} holds ${shown ?? '"20'}`;
    assert.ok(String(line.error).startsWith(start), String(line.error));
  }
  assert.equal(await gateway.stop(), 0);
  const stored = site.query(
    "SELECT job_id FROM job_log WHERE reason = 'row' AND status = 'failed'",
  );
  assert.equal(stored.length, Object.keys(rows).length);
  assert.deepEqual(
    site.query("SELECT id FROM job_queue WHERE status IN ('queued', 'running')"),
    [],
  );
  recordFault({
    fault: "unreadable hand-written job rows",
    times: Object.keys(rows).length,
    outcome: "each failed, column and value in the log; the next job runs",
    isNew: true,
  });
});

Deno.test("an unreadable job row that is marked as running while the gateway runs fails", async () => {
  await using site = createSite({ echo: { script: SCRIPT } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  site.execute(insertJob("stray", { status: "'running'", created_at: "'today'" }));
  await gateway.logged("Job failed", { job_id: "stray", reason: "row" });
  site.execute(insertJob("good"));
  await gateway.logged("Job succeeded", { job_id: "good" });
  assert.equal(await gateway.stop(), 0);
});

Deno.test("unreadable schedule and heartbeat rows end neither a start nor a tick", async () => {
  await using site = createSite({ echo: { script: SCRIPT, entry: "{ schedule: { every: 1s } }" } });
  const insert = (plugin: string, values: string) =>
    `INSERT INTO schedule (plugin, next_run_at, last_run_at, every_ms, jitter_ms)
     VALUES (${plugin}, ${values})`;
  await prepare(
    site,
    "UPDATE schedule SET every_ms = 9223372036854775807, last_run_at = 'yesterday'",
    insert("'gone'", "'today', '', -9223372036854775808, 9223372036854775807"),
    // With node:sqlite's way to read text, its name would be "echo", and it would be due at every tick.
    insert("'echo' || char(0)", `'2000-01-01T00:00:00.000Z', '2000-01-01T00:00:00.000Z', 1000, 0`),
    "UPDATE heartbeat SET pid = 9223372036854775807, tick_at = 'now', booted_at = ''",
  );
  const gateway = site.start();
  const warning = await gateway.logged("Schedule row cannot be read, next run rescheduled", {
    plugin: "echo",
  });
  assert.match(String(warning.error), /column last_run_at holds "yesterday", expected a time/);
  await gateway.logged("Job succeeded");
  site.execute(
    "UPDATE schedule SET jitter_ms = 9007199254740993, next_run_at = '2000-01-01T00:00:00'",
  );
  await gateway.loggedTimes("Schedule row cannot be read, next run rescheduled", 2);
  await gateway.loggedTimes("Job succeeded", 2);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "unreadable hand-written schedule and heartbeat rows",
    times: 5,
    outcome: "rescheduled with a warning, runs continue",
    isNew: true,
  });
});

Deno.test("a queued job with an unknown command fails with a clear error, and an ignored payload is logged", async () => {
  await using site = createSite({ echo: { script: SCRIPT } });
  await prepare(
    site,
    insertJob("unknown", { command: "'Poll'" }),
    insertJob("later", { command: "'handle'" }),
    insertJob("with-payload", { payload: `'{"city":"Vienna","n":1}'` }),
  );
  const gateway = site.start();
  for (const [id, command] of [["unknown", "Poll"], ["later", "handle"]]) {
    await gateway.logged("Job failed", {
      job_id: id,
      error: `plugin "echo" does not support the command "${command}", only poll`,
    });
  }
  const ignored = await gateway.logged("Job payload ignored", { job_id: "with-payload" });
  assert.deepEqual([ignored.level, ignored.command, ignored.keys], ["warn", "poll", ["city", "n"]]);
  await gateway.logged("Job succeeded", { job_id: "with-payload" });
  assert.equal(gateway.log().filter(({ message }) => message === "Plugin spawned").length, 1);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "hand-written jobs: unknown commands, a payload",
    times: 3,
    outcome: "failed with an error; the payload is logged, its job runs",
    isNew: true,
  });
});

Deno.test("the error of a job says whether its plugin is gone, disabled or refused", async () => {
  await using site = createSite({
    echo: { script: SCRIPT },
    off: { script: SCRIPT, entry: "{ enabled: false, schedule: { every: 1h } }" },
    broken: { script: SCRIPT },
  });
  Deno.removeSync(`${site.folder}/plugins/broken/run.sh`);
  const plugins = ["gone", "off", "broken"];
  await prepare(site, ...plugins.map((name) => insertJob(`of-${name}`, { plugin: `'${name}'` })));
  const gateway = site.start();
  const errors = plugins.map(async (plugin) =>
    String((await gateway.logged("Job failed", { plugin, reason: "spawn" })).error)
  );
  const [gone, off, broken] = await Promise.all(errors);
  assert.equal(gone, `plugin "gone" does not run here: the config no longer names it`);
  assert.equal(
    off,
    `plugin "off" is disabled; set enabled: true in its entry in ${site.folder}/config.yaml`,
  );
  assert.match(broken ?? "", /^plugin "broken" was refused at the start: entrypoint run.sh /);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "jobs of a removed, a disabled and a refused plugin",
    times: 3,
    outcome: "each failed, with which of the three it is",
    isNew: true,
  });
});
