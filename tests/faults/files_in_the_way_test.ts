import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { missing, run, skipWhere } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const OK = `#!/bin/bash\necho '{"status":"ok","state_updates":{"n":1}}'\n`;

const databaseOf = ({ folder }: Site) => `${folder}/data/state.db`;

/** Runs and stops a gateway, so that there is a database. */
async function makeDatabase(site: Site): Promise<void> {
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0, gateway.evidence());
}

for (const suffix of ["-wal", "-shm", "-journal"]) {
  Deno.test(`a FIFO in place of the ${suffix} of the database is refused, and nothing hangs`, async () => {
    await using site = createSite({ it: { script: OK } });
    await makeDatabase(site);
    const path = `${databaseOf(site)}${suffix}`;
    assert.equal((await run("mkfifo", [path])).code, 0);
    const gateway = site.start();
    await gateway.logged("Gateway cannot start");
    assert.equal(await gateway.exit, 1, gateway.evidence());
    assert.deepEqual(gateway.stderr, [
      `Cannot use database ${databaseOf(site)}: ${path} is not a regular file; remove it`,
    ]);
    Deno.removeSync(path);
    await makeRun(site);
    const fault = `FIFO in place of the ${suffix} at the start`;
    recordFault({ fault, times: 1, outcome: "exit 1, one line", isNew: true });
  });
}

async function makeRun(site: Site): Promise<void> {
  const gateway = site.start();
  await gateway.logged("Tick");
  assert.equal(await gateway.stop(), 0, gateway.evidence());
}

const ways: readonly [how: string, said: string, link: boolean][] = [
  ["named like the lock file", "./data/senechal-gw.lock", false],
  ["that leads to a file named like the lock file", "./link.db", true],
];
for (const [how, said, isLink] of ways) {
  Deno.test(`a state.path ${how} is a problem of the config, and the existing file stays`, async () => {
    await using site = createSite({ it: { script: OK } });
    const path = `${site.folder}/data/senechal-gw.lock`;
    Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
    {
      using db = new DatabaseSync(path);
      db.exec("CREATE TABLE theirs (a)");
    }
    if (isLink) Deno.symlinkSync("data/senechal-gw.lock", `${site.folder}/link.db`);
    const before = Deno.readFileSync(path);
    const config = `${site.folder}/config.yaml`;
    const text = Deno.readTextFileSync(config);
    Deno.writeTextFileSync(config, `state: { path: ${said} }\n${text}`);
    const gateway = site.start();
    assert.equal(await gateway.exit, 78, gateway.evidence());
    assert.match(gateway.stderr[0] ?? "", /^config\.yaml:1:\d+: state\.path: .*senechal-gw\.lock/);
    assert.deepEqual(Deno.readFileSync(path), before);
    const fault = `state.path ${how}`;
    recordFault({ fault, times: 1, outcome: "exit 78, untouched", isNew: true });
  });
}

Deno.test({
  name: "a start that reaches its limit of open files waits until the limit is raised",
  ignore: skipWhere(missing("prlimit"), "a limit of open files"),
  async fn() {
    await using site = createSite({ it: { script: OK } });
    await makeDatabase(site);
    let waited = 0;
    for (let limit = 28; limit >= 20; limit--) { // with fewer, Deno itself does not start
      const gateway = site.start({ under: ["sh", "-c", `ulimit -n ${limit}; exec "$0" "$@"`] });
      await until("an event", () => gateway.log().length > 0 || gateway.stderr.length > 0);
      if (gateway.count("Storage failed, trying again") > 0) {
        waited++;
        const raised = await run("prlimit", ["--pid", String(gateway.pid), "--nofile=1024:1024"]);
        if (raised.code === 0) await gateway.logged("Tick"); // only root may
      }
      gateway.trySignal("SIGTERM");
      await gateway.exit;
      assert.doesNotMatch(gateway.evidence(), /backup/, `limit ${limit}`);
    }
    assert.ok(waited > 0);
    const fault = "too few open files at the start";
    recordFault({ fault, times: waited, outcome: "waited, runs", isNew: true });
  },
});

/** Locks every byte of the -shm that readers lock. Source: https://sqlite.org/walformat.html, 2.3 */
const HOLDS_READ_LOCKS = `
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX, 5, 123)
print("held", flush=True)
sys.stdin.read()
`;

Deno.test({
  name: "the gateway waits for locks that prevent SQLite from reading at all",
  ignore: skipWhere(missing("python3"), "locks of single bytes"),
  async fn() {
    await using site = createSite({ it: { script: OK, entry: "{ schedule: { every: 200ms } }" } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    const holder = new Deno.Command("python3", {
      args: ["-c", HOLDS_READ_LOCKS, `${databaseOf(site)}-shm`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const said = holder.stdout.getReader();
    await said.read();
    said.releaseLock();
    // Of each statement SQLite tries again for 10 s, and the log is written between two turns only.
    const failure = await gateway.logged("Storage failed, trying again", {}, 120_000);
    await holder.stdin.close();
    await holder.stdout.cancel();
    await holder.status;
    assert.match(String(failure.error), /^locking protocol: another process holds locks/);
    await gateway.logged("Storage works again");
    assert.equal(await gateway.stop(), 0, gateway.evidence());
    const fault = "locks on the -shm that keep every reader out";
    recordFault({ fault, times: 1, outcome: "waited, resumed", isNew: true });
  },
});
