import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { recordFault } from "../support/campaign.ts";
import { FAULTY_GATEWAY } from "../support/gateway_process.ts";
import { createSite, type Site } from "../support/site.ts";
import { canMount, createSmallDiskSite, tryRun } from "../support/small_disk.ts";
import { exists } from "../support/tools.ts";
import { assertVerified } from "../support/verified.ts";
import { until } from "../support/wait.ts";

/** Records each run in a file, and counts it in the state. */
const NOTES_RUNS = `#!/bin/bash
n=$(sed -E 's/.*"n":([0-9]+).*/\\1/;t;s/.*/0/'); echo run >> runs
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1))}}"
`;
const OFTEN = "{ schedule: { every: 100ms } }";
const ONCE = "{ schedule: { every: 1h } }";

function runs(site: { readonly folder: string }): number {
  return Deno.readTextFileSync(`${site.folder}/plugins/it/runs`).trim().split("\n").length;
}

/** Asserts that every finished job is settled once, and that the state counts exactly the successful runs. */
function checkSettled(site: { readonly query: Site["query"]; readonly folder: string }): void {
  assertVerified(site);
  const [counts] = site.query(`
    SELECT (SELECT count(*) FROM job_queue WHERE status = 'succeeded') AS jobs,
      (SELECT count(*) FROM job_log WHERE status = 'succeeded') AS logged,
      (SELECT json_extract(state, '$.n') FROM plugin_state) AS n`);
  assert.deepEqual(counts, { jobs: runs(site), logged: runs(site), n: runs(site) });
}

const mayMount = canMount();
const needsMount = { ignore: !mayMount };
if (!mayMount) console.log("SKIPPED full and read-only disk: mount is not allowed here");

Deno.test({
  name: "the gateway waits out a disk that is full at settle, and the job runs once",
  ...needsMount,
  async fn() {
    await using site = createSmallDiskSite({ it: { script: NOTES_RUNS, entry: ONCE } });
    const args = [`${site.folder}/config.yaml`, "answered", "1", "fill", site.filler];
    const gateway = site.start({ args, main: FAULTY_GATEWAY });
    const failure = await gateway.logged("Storage failed, trying again", { action: "settle" });
    assert.equal(failure.level, "error");
    assert.equal(failure.error, "database or disk is full: free space on the disk");
    Deno.removeSync(site.filler);
    await gateway.logged("Storage works again", { action: "settle" });
    await gateway.logged("Job succeeded");
    assert.equal(await gateway.stop(), 0);
    assert.equal(runs(site), 1);
    checkSettled(site);
    recordFault({ fault: "disk full at settle", times: 1, outcome: "resumed, run once" });
  },
});

Deno.test({
  name: "a start waits out a full disk, also with an orphan, and a stop meanwhile exits 0",
  ...needsMount,
  async fn() {
    const script = `#!/bin/bash\n[ -e ran ] || { touch ran; exec sleep 99; }\n${
      NOTES_RUNS.replace("#!/bin/bash\n", "")
    }`;
    await using site = createSmallDiskSite({ it: { script, entry: ONCE } });
    const first = site.start();
    await first.logged("Plugin spawned");
    await until("the plugin", () => exists(`${site.folder}/plugins/it/ran`));
    await first.kill();
    site.fill();
    const second = site.start();
    await second.logged("Storage failed, trying again");
    assert.equal(await second.stop(), 0, second.evidence());
    assert.deepEqual(second.stderr, []);
    const third = site.start();
    await third.logged("Storage failed, trying again");
    Deno.removeSync(site.filler);
    await third.logged("Storage works again");
    await third.logged("Job succeeded");
    assert.equal(await third.stop(), 0);
    assert.deepEqual(third.stderr, []);
    const outcome = "waited, recovered, run; a stop meanwhile: exit 0";
    recordFault({ fault: "disk full at a start with an orphan", times: 2, outcome, isNew: true });
  },
});

Deno.test({
  name: "a start waits out a full disk even after a clean stop, when there is no lock file",
  ...needsMount,
  async fn() {
    await using site = createSmallDiskSite({ it: { script: NOTES_RUNS, entry: ONCE } });
    const first = site.start();
    await first.logged("Job succeeded");
    assert.equal(await first.stop(), 0);
    site.fill();
    const second = site.start();
    await second.logged("Storage failed, trying again");
    Deno.removeSync(site.filler);
    await second.logged("Storage works again");
    await second.logged("Tick");
    assert.equal(await second.stop(), 0);
    assert.deepEqual(second.stderr, []);
    const outcome = "waited, runs";
    recordFault({ fault: "disk full at a start after a stop", times: 1, outcome, isNew: true });
  },
});

Deno.test({
  name: "a stop on a full disk exits 0 and loses nothing",
  ...needsMount,
  async fn() {
    await using site = createSmallDiskSite({ it: { script: NOTES_RUNS, entry: ONCE } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    site.fill();
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    assert.deepEqual(gateway.stderr, []);
    Deno.removeSync(site.filler);
    checkSettled(site);
    const outcome = "exit 0, nothing lost";
    recordFault({ fault: "disk full at the stop", times: 1, outcome, isNew: true });
  },
});

const mayLimit = tryRun("prlimit", "--version");
if (!mayLimit) console.log("SKIPPED file-size limits: there is no prlimit here");

/** Sets the file-size limit of a running gateway to the size of its write-ahead log, or lifts it. */
function limitFileSize(pid: number, wal?: string): void {
  const size = wal === undefined ? "unlimited" : Deno.statSync(wal).size;
  assert.ok(tryRun("prlimit", "--pid", String(pid), `--fsize=${size}:unlimited`));
}

const moments = [["claim", "enqueued"], ["settle", "answered"]] as const;
for (const [action, checkpoint] of moments) {
  Deno.test({
    name: `the gateway waits out a file-size limit reached at ${action}, and the job runs once`,
    ignore: !mayLimit,
    async fn() {
      await using site = createSite({ it: { script: NOTES_RUNS, entry: ONCE } });
      const wal = `${site.folder}/data/state.db-wal`;
      const args = [`${site.folder}/config.yaml`, checkpoint, "1", "limit", wal];
      const gateway = site.start({ args, main: FAULTY_GATEWAY });
      const failure = await gateway.logged("Storage failed, trying again", { action });
      assert.equal(failure.error, "disk I/O error: check the disk and its file-size limits");
      limitFileSize(gateway.pid);
      await gateway.logged("Storage works again", { action });
      await gateway.logged("Job succeeded");
      assert.equal(await gateway.stop(), 0);
      assert.equal(runs(site), 1);
      checkSettled(site);
      recordFault({
        fault: `file-size limit at ${action}`,
        times: 1,
        outcome: "resumed, run once",
      });
    },
  });
}

Deno.test({
  name: "a stop that cannot write to the database exits 0 and says that the -wal stays",
  ignore: !mayLimit,
  async fn() {
    await using site = createSite({ it: { script: NOTES_RUNS, entry: ONCE } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    assert.ok(tryRun("prlimit", "--pid", String(gateway.pid), "--fsize=1:unlimited"));
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    assert.deepEqual(gateway.stderr, []);
    const told = gateway.log().find(({ message }) =>
      message === "Database closed, its write-ahead log remains"
    );
    assert.equal(told?.level, "warn");
    checkSettled(site);
    const outcome = "exit 0, logged, nothing lost";
    recordFault({ fault: "file-size limit at the stop", times: 1, outcome, isNew: true });
  },
});

Deno.test({
  name: "the gateway waits out a file-size limit reached at enqueue, and scheduling continues",
  ignore: !mayLimit,
  async fn() {
    const entry = "{ schedule: { every: 1s } }";
    await using site = createSite({ it: { script: NOTES_RUNS, entry } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    limitFileSize(gateway.pid, `${site.folder}/data/state.db-wal`);
    await gateway.logged("Storage failed, trying again", { action: "enqueue" });
    limitFileSize(gateway.pid);
    await gateway.logged("Storage works again", { action: "enqueue" });
    await gateway.loggedTimes("Job succeeded", 3);
    assert.equal(await gateway.stop(), 0);
    checkSettled(site);
    recordFault({
      fault: "file-size limit at enqueue",
      times: 1,
      outcome: "resumed, nothing lost",
    });
  },
});

Deno.test({
  name: "a start waits out a read-only disk, and leaves the database as it was",
  ...needsMount,
  async fn() {
    await using site = createSmallDiskSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
    const first = site.start();
    await first.loggedTimes("Job succeeded", 2);
    assert.equal(await first.stop(), 0);
    const before = Deno.readFileSync(`${site.data}/state.db`);
    assert.ok(tryRun("mount", "-o", "remount,ro", site.data));
    const second = site.start();
    await second.logged("Storage failed, trying again", { action: "take lock" });
    assert.deepEqual(Deno.readFileSync(`${site.data}/state.db`), before);
    assert.ok(tryRun("mount", "-o", "remount,rw", site.data));
    await second.logged("Storage works again", { action: "take lock" });
    await second.logged("Job succeeded");
    assert.equal(await second.stop(), 0);
    assert.deepEqual(second.stderr, []);
    const outcome = "waited, untouched";
    recordFault({ fault: "read-only disk at the start", times: 1, outcome, isNew: true });
  },
});

Deno.test("the gateway waits for another process's write lock", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  using other = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  const failure = await gateway.logged("Storage failed, trying again");
  assert.match(String(failure.error), /^database is locked: another process holds a lock/);
  other.exec("COMMIT");
  await gateway.logged("Storage works again");
  await gateway.loggedTimes("Job succeeded", 4);
  assert.equal(await gateway.stop(), 0);
  checkSettled(site);
  recordFault({
    fault: "another process holds a write lock longer than busy_timeout",
    times: 1,
    outcome: "resumed, nothing lost",
  });
});

Deno.test("a run's duration does not include the wait for storage", async () => {
  const script =
    '#!/bin/bash\nuntil [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done\necho \'{"status":"ok"}\'\n';
  await using site = createSite({ it: { script, entry: ONCE } });
  const config = `${site.folder}/config.yaml`;
  Deno.writeTextFileSync(config, Deno.readTextFileSync(config).replace("100ms", "1d"));
  const gateway = site.start();
  await gateway.logged("Plugin spawned");
  using other = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  await gateway.loggedTimes("Storage failed, trying again", 3);
  other.exec("COMMIT");
  const ended = await gateway.logged("Plugin ended");
  const settled = await gateway.logged("Job succeeded");
  const waitedMs = Date.parse(String(settled.timestamp)) - Date.parse(String(ended.timestamp));
  assert.ok(Number(settled.duration_ms) < waitedMs, `${settled.duration_ms} ms, ${waitedMs} ms`);
  const [row] = site.query("SELECT duration_ms FROM job_log");
  assert.equal(row?.duration_ms, settled.duration_ms);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "a wait for the storage after a run",
    times: 1,
    outcome: "not counted in duration_ms",
  });
});

Deno.test("a start with an orphan waits for another process's write lock, then recovers it", async () => {
  const script = `#!/bin/bash\n[ -e ran ] || { touch ran; exec sleep 99; }\n${
    NOTES_RUNS.replace("#!/bin/bash\n", "")
  }`;
  await using site = createSite({ it: { script, entry: ONCE } });
  const first = site.start();
  await first.logged("Plugin spawned");
  await until("the plugin", () => exists(`${site.folder}/plugins/it/ran`));
  await first.kill();
  using other = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  const second = site.start();
  await second.logged("Storage failed, trying again", { action: "recover" });
  other.exec("COMMIT");
  await second.logged("Storage works again", { action: "recover" });
  await second.logged("Orphaned job recovered", { status: "queued" });
  await second.logged("Job succeeded", { attempt: 2 });
  assert.equal(await second.stop(), 0);
  checkSettled(site);
  recordFault({
    fault: "another process holds a write lock at a start with an orphan",
    times: 1,
    outcome: "waited, recovered",
  });
});

Deno.test("a stop ends a start that waits for a write lock to recover an orphan", async () => {
  await using site = createSite({ it: { script: "#!/bin/bash\nexec sleep 99", entry: ONCE } });
  const first = site.start();
  await first.logged("Plugin spawned");
  await first.kill();
  using other = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  const second = site.start();
  await second.logged("Storage failed, trying again", { action: "recover" });
  second.signal("SIGTERM");
  await second.logged("Storage failed, giving up: the gateway is stopping", { action: "recover" });
  other.exec("COMMIT");
  assert.equal(await second.exit, 0);
  assert.deepEqual(site.query("SELECT status FROM job_queue"), [{ status: "running" }]);
});

Deno.test("a database that is deleted while running is created again, and work continues", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  for (const { name } of Deno.readDirSync(`${site.folder}/data`)) {
    if (name.startsWith("state.db")) Deno.removeSync(`${site.folder}/data/${name}`);
  }
  const said = await gateway.logged("Database was deleted or replaced, opening it again");
  assert.equal(said.level, "error");
  const before = runs(site);
  await until("further runs", () => runs(site) > before + 2);
  assert.deepEqual(site.query("SELECT name, status FROM entries"), [
    { name: "it", status: "enabled" },
  ]);
  assert.equal(await gateway.stop(), 0);
  assertVerified(site);
  recordFault({ fault: "database deleted while running", times: 1, outcome: "created again" });
});

Deno.test("a backup that is restored while running is used from the next tick", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const path = `${site.folder}/data/state.db`;
  const first = site.start();
  await first.loggedTimes("Job succeeded", 2);
  site.query(`VACUUM INTO '${site.folder}/backup.db'`);
  using backup = new DatabaseSync(`${site.folder}/backup.db`);
  backup.exec(`UPDATE plugin_state SET state = '{"n":1000}'`);
  backup.close();
  for (const name of [path, `${path}-wal`, `${path}-shm`]) Deno.removeSync(name);
  Deno.renameSync(`${site.folder}/backup.db`, path);
  await first.logged("Database was deleted or replaced, opening it again");
  await until(
    "runs that start from the backup",
    () =>
      Number(JSON.parse(String(site.query("SELECT state FROM plugin_state")[0]?.state)).n) > 1001,
  );
  assert.equal(await first.stop(), 0);
  assertVerified(site);
  recordFault({ fault: "database replaced while running", times: 1, outcome: "replacement used" });
});

Deno.test("a start on a damaged database exits 1 and leaves it byte for byte", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const path = `${site.folder}/data/state.db`;
  const first = site.start();
  await first.loggedTimes("Job succeeded", 3);
  assert.equal(await first.stop(), 0);
  const whole = Deno.readFileSync(path);
  const damages: readonly [name: string, bytes: Uint8Array][] = [
    ["truncated to half", whole.slice(0, whole.length / 2)],
    ["truncated to 100 bytes", whole.slice(0, 100)],
    ["random bytes", crypto.getRandomValues(new Uint8Array(4096))],
    ["text", new TextEncoder().encode("not a database\n")],
    ["zeros in its header", Uint8Array.from(whole, (byte, i) => i < 64 ? 0 : byte)],
    ["its first page twice as long", Uint8Array.from(whole, (b, i) => i === 16 ? 0x20 : b)],
  ];
  for (const [name, bytes] of damages) {
    Deno.writeFileSync(path, bytes);
    const gateway = site.start();
    assert.equal(await gateway.exit, 1, `${name}: ${gateway.evidence()}`);
    assert.equal(gateway.stderr.length, 1, name);
    assert.match(gateway.stderr[0] ?? "", /^Cannot (open|use) database /, name);
    assert.deepEqual(Deno.readFileSync(path), bytes, name);
    recordFault({ fault: `database: ${name}`, times: 1, outcome: "exit 1, byte for byte" });
  }
});

for (const lost of ["-wal", "-shm"]) {
  Deno.test(`a ${lost} that is deleted while running costs nothing, even after kill -9`, async () => {
    await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
    const gateway = site.start();
    await gateway.loggedTimes("Job succeeded", 3);
    Deno.removeSync(`${site.folder}/data/state.db${lost}`);
    const said = "Write-ahead log was deleted or replaced, opening the database again";
    assert.equal((await gateway.logged(said)).level, "error");
    await until("a tick after it", () => gateway.log().at(-1)?.message === "Tick");
    const reported = gateway.count("Job succeeded");
    await gateway.loggedTimes("Job succeeded", reported + 2);
    await gateway.kill();
    const [row] = site.query("SELECT count(*) AS n FROM job_log WHERE status = 'succeeded'");
    const told = gateway.count("Job succeeded");
    assert.ok(Number(row?.n) >= told);
    assertVerified(site);
    recordFault({
      fault: `${lost} deleted while running`,
      times: 1,
      outcome: "nothing lost",
      isNew: lost === "-wal",
    });
  });
}

Deno.test("a -wal that is truncated while running ends the gateway before it reads zeros as data", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const path = `${site.folder}/data/state.db`;
  const before = site.start();
  await before.loggedTimes("Job succeeded", 2);
  assert.equal(await before.stop(), 0);
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  Deno.truncateSync(`${path}-wal`, 0);
  assert.equal(await gateway.exit, 1);
  assert.match(gateway.stderr[0] ?? "", /^Cannot continue: another program emptied .*-wal/);
  const next = site.start();
  await next.logged("Job succeeded");
  assert.equal(await next.stop(), 0);
  assertVerified(site);
  const outcome = "exit 1, the next start runs";
  recordFault({ fault: "-wal emptied while running", times: 1, outcome, isNew: true });
});

Deno.test("the gateway waits for a data folder that cannot be reached while running", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: OFTEN } });
  const data = `${site.folder}/data`;
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  const obstacles = [
    () => Deno.writeTextFileSync(data, "a file"),
    () => Deno.symlinkSync("data", data),
  ];
  for (const obstruct of obstacles) {
    const failures = gateway.count("Storage failed, trying again");
    Deno.renameSync(data, `${data}.away`);
    obstruct();
    await gateway.loggedTimes("Storage failed, trying again", failures + 1);
    Deno.removeSync(data);
    Deno.renameSync(`${data}.away`, data);
    const succeeded = gateway.count("Job succeeded");
    await gateway.loggedTimes("Job succeeded", succeeded + 2);
  }
  assert.equal(await gateway.stop(), 0);
  checkSettled(site);
  const outcome = "waited, nothing lost";
  recordFault({ fault: "data folder out of reach", times: 2, outcome, isNew: true });
});

Deno.test("a database that is not a regular file is refused, and nothing hangs", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: ONCE } });
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  const path = `${site.folder}/data/state.db`;
  assert.ok(tryRun("mkfifo", path));
  const gateway = site.start();
  assert.equal(await gateway.exit, 1);
  assert.equal(
    gateway.stderr[0],
    `Cannot use database ${path}: it is not a regular file; set state.path to one`,
  );
  recordFault({
    fault: "FIFO in place of the database",
    times: 1,
    outcome: "exit 1, one line",
    isNew: true,
  });
});

Deno.test("a database that is deleted during a run is reported at once, and that job's result is lost", async () => {
  const script =
    `#!/bin/bash\ntouch ran; until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done; ${
      NOTES_RUNS.replace("#!/bin/bash\n", "")
    }`;
  await using site = createSite({ it: { script, entry: ONCE } });
  const gateway = site.start();
  await until("the plugin", () => exists(`${site.folder}/plugins/it/ran`));
  for (const { name } of Deno.readDirSync(`${site.folder}/data`)) {
    if (name.startsWith("state.db")) Deno.removeSync(`${site.folder}/data/${name}`);
  }
  await gateway.logged("Database was deleted or replaced, opening it again");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  await gateway.logged("Job is no longer running, result discarded");
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  assert.equal(runs(site), 2);
  const outcome = "logged at once, its result discarded";
  recordFault({ fault: "database deleted during a run", times: 1, outcome, isNew: true });
});

Deno.test("a start waits for a database that another process has locked", async () => {
  await using site = createSite({ it: { script: NOTES_RUNS, entry: ONCE } });
  const first = site.start();
  await first.logged("Job succeeded");
  assert.equal(await first.stop(), 0);
  using other = new DatabaseSync(`${site.folder}/data/state.db`);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const second = site.start();
  await second.logged("Storage failed, trying again", { action: "open database" });
  other.exec("COMMIT");
  other.close();
  await second.logged("Gateway started");
  assert.equal(await second.stop(), 0);
  recordFault({
    fault: "database locked at the start",
    times: 1,
    outcome: "waited, runs",
    isNew: true,
  });
});
