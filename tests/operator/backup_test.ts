import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { createSite, type Site } from "../support/site.ts";
import { canMount, createSmallDiskSite } from "../support/small_disk.ts";
import { exists, missing, run, skipWhere } from "../support/tools.ts";
import { findingsIn } from "../support/verified.ts";

const FIXTURE = new URL("../fixtures/version_0.1.0.db", import.meta.url);
const COUNTS = `#!/bin/bash
read -r request
case $request in *'"n":'*) n=\${request#*'"n":'}; n=\${n%%[,\\}]*};; *) n=0;; esac
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1))}}"`;
const OFTEN = { script: COUNTS, entry: "{ schedule: { every: 100ms } }" };

const back = (site: Pick<Site, "folder">, file: string, ...more: string[]) =>
  runProgram(["backup", file, "--config", `${site.folder}/config.yaml`, ...more]);

/** A site with a database at rest. */
async function createRested(): Promise<Site> {
  const site = createSite({ it: OFTEN });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  return site;
}

/** The names in a folder that begin with that of the backup. */
const namesIn = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("b."));

Deno.test("a backup under load holds one moment, is private, and costs the gateway no job", async () => {
  await using site = createSite({ a: OFTEN, b: OFTEN });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 4);
  for (let n = 0; n < 3; n++) {
    const file = `${site.folder}/b.${n}`;
    const { code, stdout, stderr } = await back(site, file);
    assert.deepEqual([code, stderr], [0, ""]);
    const from = `${site.folder}/data/state.db`;
    assert.match(stdout, new RegExp(`^Backed up ${from} to ${file}: \\d+ kB, checked\n$`));
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual(findingsIn(file), []);
    using db = new DatabaseSync(file, { readOnly: true });
    const counted = db.prepare(
      `SELECT plugin_name, state ->> '$.n' AS n, (SELECT count(*) FROM job_queue
        WHERE plugin = plugin_name AND status = 'succeeded') AS jobs FROM plugin_state`,
    ).all();
    assert.equal(counted.length, 2);
    for (const { n, jobs } of counted) assert.equal(n, jobs);
  }
  assert.deepEqual(namesIn(site.folder).sort(), ["b.0", "b.1", "b.2"]);
  assert.equal(await gateway.stop(), 0);
  assert.equal(gateway.count("Storage failed, trying again"), 0);
  assert.equal(gateway.count("Job failed"), 0);
});

Deno.test("a backup needs no gateway, takes a database that a kill left, and says in JSON what it did", async () => {
  await using site = createSite({ it: { script: "#!/bin/bash\nexec sleep 60" } });
  const gateway = site.start();
  await gateway.logged("Plugin spawned");
  await gateway.kill();
  const file = `${site.folder}/b.db`;
  const { code, stdout } = await back(site, file, "--json");
  assert.equal(code, 0);
  const { bytes, ...said } = parsePrinted("backup", stdout);
  assert.deepEqual(said, { database: `${site.folder}/data/state.db`, backup: file, version: 3 });
  assert.equal(bytes, Deno.statSync(file).size);
  assert.deepEqual(findingsIn(file), []);
  const next = site.start(); // nothing of it is locked
  await next.logged("Orphaned job recovered");
});

Deno.test("a backup of a database of version 0.1.0 leaves it at that version", async () => {
  await using site = createSite({});
  Deno.mkdirSync(`${site.folder}/data`);
  Deno.copyFileSync(FIXTURE, `${site.folder}/data/state.db`);
  const { code, stdout } = await back(site, `${site.folder}/b.db`, "--json");
  assert.deepEqual([code, parsePrinted("backup", stdout).version], [0, 1]);
});

const NO_DATABASE =
  "it is not there; start the gateway once (senechal-gw start), or check state.path";

Deno.test("a backup overwrites nothing, and says what is in the way", async () => {
  await using site = await createRested();
  const file = `${site.folder}/b.db`;
  Deno.writeTextFileSync(`${site.folder}/mine`, "mine");
  const exist = "it exists already; name a new file, or remove that one";
  const cases: readonly (readonly [() => void, string])[] = [
    [() => Deno.writeTextFileSync(file, "mine"), exist],
    [() => Deno.symlinkSync(`${site.folder}/nowhere`, file), exist],
    [() => Deno.mkdirSync(file), exist],
    [
      () => Deno.symlinkSync(`${site.folder}/mine`, `${file}.unfinished`),
      `${file}.unfinished is in the way; remove it`,
    ],
  ];
  for (const [prepare, why] of cases) {
    prepare();
    const { code, stdout, stderr } = await back(site, file);
    assert.deepEqual([code, stdout, stderr], [1, "", `Cannot write backup ${file}: ${why}\n`]);
    for (const name of namesIn(site.folder)) Deno.removeSync(`${site.folder}/${name}`);
  }
  assert.equal(Deno.readTextFileSync(`${site.folder}/mine`), "mine");
  assert.equal(exists(`${site.folder}/nowhere`), false);
  const lost = await back(site, `${site.folder}/no/b.db`);
  assert.match(lost.stderr, /^Cannot write backup .*\/no\/b\.db: No such file or directory/);
  const state = `${site.folder}/data/state.db`;
  assert.equal((await back(site, state)).stderr, `Cannot write backup ${state}: ${exist}\n`);
  Deno.removeSync(state);
  const none = await back(site, file);
  assert.equal(none.stderr, `Cannot read database ${state}: ${NO_DATABASE}\n`);
  assert.deepEqual(namesIn(site.folder), []);
});

Deno.test("what a backup left that was killed is replaced; one that still runs is not", async () => {
  await using site = await createRested();
  const file = `${site.folder}/b.db`;
  Deno.writeTextFileSync(`${file}.unfinished`, "half", { mode: 0o644 });
  {
    using other = Deno.openSync(`${file}.unfinished`, { write: true });
    await other.lock(true);
    const { code, stderr } = await back(site, file);
    const busy = `Cannot write backup ${file}: another backup to it is running\n`;
    assert.deepEqual([code, stderr], [1, busy]);
    assert.equal(Deno.readTextFileSync(`${file}.unfinished`), "half");
  }
  assert.equal((await back(site, file)).code, 0);
  assert.deepEqual(namesIn(site.folder), ["b.db"]);
  assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
});

Deno.test({
  name: "a full disk leaves nothing of a backup",
  ignore: skipWhere(canMount() ? undefined : "mount is not allowed here", "full disk"),
  async fn() {
    await using rested = await createRested();
    await using small = createSmallDiskSite({});
    small.fill();
    const file = `${small.data}/b.db`;
    const { code, stderr } = await back(rested, file);
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot write backup .*: (database or disk is full|No space left)/);
    assert.deepEqual(namesIn(small.data), []);
    Deno.removeSync(small.filler);
    assert.equal((await back(rested, file)).code, 0);
  },
});

/** Backs up with a limit on the size of files. */
const LIMITED = `
  const { backUp } = await import("BACKUP");
  new Deno.Command("prlimit", { args: ["--pid", String(Deno.pid), "--fsize=65536"] }).outputSync();
  Deno.exit(await backUp({ env: {} }, ...Deno.args, false));`;

Deno.test({
  name: "a limit on the size of files leaves nothing of a backup",
  ignore: skipWhere(missing("prlimit"), "a limit on the size of files"),
  async fn() {
    await using site = await createRested();
    const file = `${site.folder}/b.db`;
    const code = LIMITED.replace("BACKUP", import.meta.resolve("../../src/operator/backup.ts"));
    const args = ["eval", "--quiet", code, `${site.folder}/config.yaml`, file];
    const ran = await run(Deno.execPath(), args);
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stderr, /^Cannot write backup .*: disk I\/O error/);
    assert.deepEqual(namesIn(site.folder), []);
  },
});

Deno.test("what cannot be a file is refused in one line, as a backup and as a database", async () => {
  await using site = await createRested();
  const written = await back(site, "/proc/senechal.db");
  assert.deepEqual(
    [written.code, written.stderr],
    [1, "Cannot write backup /proc/senechal.db: it cannot be a file\n"],
  );
  const read = await runProgram(["verify", "/proc/self/environ"], { cwd: site.folder });
  assert.deepEqual(
    [read.code, read.stderr],
    [1, "Cannot read database /proc/self/environ: it is not a regular file\n"],
  );
});

Deno.test("a damaged database gives no backup", async () => {
  await using site = await createRested();
  const state = `${site.folder}/data/state.db`;
  const bytes = Deno.readFileSync(state);
  bytes.fill(0x55, bytes.length - 8 * 4_096);
  Deno.writeFileSync(state, bytes);
  const { code, stderr } = await back(site, `${site.folder}/b.db`);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot (read database|write backup) .*(malformed|not whole)/);
  assert.deepEqual(namesIn(site.folder), []);
});

Deno.test({
  name: "nobody else can read a backup at any moment",
  ignore: skipWhere(missing("strace"), "the modes of a backup"),
  async fn() {
    await using site = await createRested();
    const file = `${site.folder}/b.db`;
    const traced = ["-f", "-e", "trace=openat,chmod,fchmod,rename", Deno.execPath(), ...PROGRAM];
    const config = ["--config", `${site.folder}/config.yaml`];
    const { code, stderr } = await run("strace", [...traced, "backup", file, ...config]);
    assert.equal(code, 0, stderr);
    const made = stderr.split("\n").filter((line) => /b\.db.*O_CREAT.*= \d+$/.test(line));
    assert.match(made[0] ?? "", /b\.db\.unfinished".*O_EXCL.*0600/);
    for (const line of made.slice(1)) assert.doesNotMatch(line, /O_EXCL/);
  },
});
