import assert from "node:assert/strict";
import { recordFault, SEED, seededRandom } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { assertVerified } from "../support/verified.ts";
import { until } from "../support/wait.ts";

const plugin = {
  script: `#!/bin/bash\nsleep 0.05; echo '{"status":"ok"}'`,
  entry: "{ schedule: { every: 100ms } }",
};

Deno.test("of fifty simultaneous starts one runs, and the others exit 75 and name it", async () => {
  await using site = createSite({ it: plugin });
  const gateways = Array.from({ length: 50 }, () => site.start());
  const winner = await until(
    "a running gateway",
    () =>
      gateways.find((gateway) =>
        gateway.log().some(({ message }) => message === "Gateway started")
      ),
  );
  const others = gateways.filter((gateway) => gateway !== winner);
  for (const other of others) assert.equal(await other.exit, 75, other.evidence());
  const held = `Cannot start: process ${winner.pid} holds the lock `;
  for (const { stderr } of others) assert.ok(stderr[0]?.startsWith(held), stderr.join());
  await winner.logged("Job succeeded");
  assert.equal(await winner.stop(), 0);
  assertVerified(site);
  recordFault({ fault: "50 starts at once", times: 50, outcome: "one runs, 49 exit 75" });
});

Deno.test("a start that finds the lock held leaves the database as it is", async () => {
  await using site = createSite({ it: { ...plugin, entry: "{ schedule: { every: 1h } }" } });
  const first = site.start();
  await first.logged("Job succeeded");
  // The first one writes its heartbeat into the write-ahead log at each tick.
  const look = () => {
    const { size, mtime } = Deno.statSync(`${site.folder}/data/state.db`);
    const inodes = ["state.db", "state.db-wal", "state.db-shm"]
      .map((name) => Deno.statSync(`${site.folder}/data/${name}`).ino);
    return { size, mtime, inodes, beats: site.query("SELECT pid, started_at FROM heartbeat") };
  };
  const before = look();
  const others = Array.from({ length: 10 }, () => site.start());
  assert.deepEqual([...new Set(await Promise.all(others.map(({ exit }) => exit)))], [75]);
  assert.deepEqual(look(), before);
  assert.equal(await first.stop(), 0);
});

Deno.test("signals at any stage of start and stop, twice, leave nothing behind", async () => {
  const random = seededRandom(SEED);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const pick = () => signals[Math.floor(random() * signals.length)] ?? "SIGTERM";
  const times = 20;
  await using site = createSite({ it: plugin });
  for (let n = 0; n < times; n++) {
    const gateway = site.start();
    const pause = () => new Promise((resolve) => setTimeout(resolve, random() * 200));
    await pause();
    gateway.trySignal(pick());
    await pause();
    gateway.trySignal(pick());
    const code = await gateway.exit;
    // Before the program listens, a signal ends it like any program: 128 + its number.
    const isStarted = gateway.log().some(({ message }) => message === "Gateway started");
    assert.ok(isStarted ? code === 0 : code === 0 || code > 128, `${code}: ${gateway.evidence()}`);
  }
  const last = site.start();
  await last.logged("Job succeeded");
  assert.equal(await last.stop(), 0);
  assertVerified(site);
  assert.deepEqual(site.query("SELECT id FROM job_queue WHERE status = 'running'"), []);
  recordFault({
    fault: "two signals at random stages",
    times,
    outcome: "stops, the next start runs",
    seed: SEED,
  });
});

Deno.test("a job that SQL takes away while it runs does not delay the others until the next tick", async () => {
  await using site = createSite({
    taken: { script: "#!/bin/bash\nuntil [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done" },
    next: { script: `#!/bin/bash\necho '{"status":"ok"}'` },
  });
  const config = `${site.folder}/config.yaml`;
  Deno.writeTextFileSync(config, Deno.readTextFileSync(config).replace("100ms", "1d"));
  const gateway = site.start();
  await gateway.logged("Plugin spawned", { plugin: "taken" });
  site.execute("UPDATE job_queue SET status = 'failed' WHERE plugin = 'taken'");
  Deno.writeTextFileSync(`${site.folder}/plugins/taken/go`, "");
  await gateway.logged("Job is no longer running, result discarded");
  await gateway.logged("Job succeeded", { plugin: "next" });
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "running job taken away by SQL",
    times: 1,
    outcome: "result discarded, the next job runs at once",
  });
});
