import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { settle } from "../../src/dispatcher/settle.ts";
import { verifyDatabase } from "../../src/verify/verify.ts";
import { attemptOf, claimJob, enqueueJob, failure, success } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";
import { createSite } from "../support/site.ts";
import { assertVerified, findingsIn } from "../support/verified.ts";

const FIXTURE = new URL("../fixtures/version_0.1.0.db", import.meta.url);
/** An attempt after which there is none. */
const FINAL = { ...failure("exit"), isFinal: true };

const OK = `#!/bin/bash\ncat > /dev/null; echo '{"status":"ok"}'`;

Deno.test("a database of version 0.1.0 keeps every promise after its migration, and after what then runs", async () => {
  const entry = "{ schedule: { every: 520w } }";
  const counter = { script: OK, entry: "{ schedule: { every: 520w, jitter: 1d } }" };
  const plugins = { counter, broken: { script: OK, entry }, hangs: { script: OK, entry } };
  await using site = createSite({ ...plugins, behind: { script: OK, entry } });
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  Deno.copyFileSync(FIXTURE, `${site.folder}/data/state.db`);
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "behind" });
  assertVerified(site);
  assert.equal(await gateway.stop(), 0);
  assertVerified(site);
});

Deno.test("jobs that a person wrote, set aside or not, that were interrupted or have no plugin break no promise", async () => {
  const hangs = `#!/bin/bash\ncat > /dev/null; [ -e ok ] || exec sleep 60; echo '{"status":"ok"}'`;
  const plugins = { it: { script: hangs }, fails: { script: "#!/bin/bash\nexit 1" } };
  await using site = createSite(plugins, "shutdown_grace: 0s");
  const insert = (id: string, plugin: string, change = "'{}', '2026-01-31T12:00:00+01:00'") =>
    site.execute(`INSERT INTO job_queue
      (id, plugin, payload, created_at, command, status, attempt, max_attempts, submitted_by)
      VALUES ('${id}', '${plugin}', ${change}, 'poll', 'queued', 1, 2, 'operator')`);
  const first = site.start();
  await first.logged("Plugin spawned", { plugin: "it" });
  await first.logged("Job failed", { plugin: "fails" });
  insert("absent", "gone");
  insert("unreadable", "fails", `'[]', 'yesterday'`);
  insert("behind", "it");
  insert("other-zone", "fails");
  await first.logged("Job failed", { job_id: "absent" });
  await first.logged("Job failed", { job_id: "unreadable" });
  await first.logged("Job failed", { job_id: "other-zone" });
  assertVerified(site);
  assert.equal(await first.stop(), 0);
  assertVerified(site);
  const second = site.start();
  await second.logged("Plugin spawned", { plugin: "it" });
  await second.kill();
  assertVerified(site);
  Deno.writeTextFileSync(`${site.folder}/plugins/it/ok`, "");
  const third = site.start();
  await third.logged("Job succeeded", { job_id: "behind" });
  assert.equal(await third.stop(), 0);
  assertVerified(site);
});

Deno.test("a changed config breaks no promise: each attempt was judged by the one of its time", async () => {
  const entry = "{ schedule: { every: 200ms }, retry: { backoff_base: 100ms }, max_attempts: 2 }";
  const flaky = `#!/bin/bash
read -r request; case $request in *'"attempt":1'[,}]*) exit 1;; esac; echo '{"status":"ok"}'`;
  await using site = createSite({ it: { script: flaky, entry } });
  const path = `${site.folder}/config.yaml`;
  const first = Deno.readTextFileSync(path);
  const second = first.replace("every: 200ms", "every: 1s, jitter: 1s").replace(
    "base: 100ms",
    "base: 500ms",
  );
  for (const config of [first, second, second.replace(/retry: {.*?}, /, ""), first]) {
    Deno.writeTextFileSync(path, config);
    const gateway = site.start();
    await gateway.loggedTimes("Plugin spawned", 3);
    assert.equal(await gateway.stop(), 0);
    assertVerified(site);
  }
});

Deno.test("pruning breaks no promise, wherever it stops", () => {
  using temp = openTempStore();
  const retry = { backoffBaseMs: 1_000, backoffMaxMs: 1_000 };
  const setup = setupOf(pluginSpec({ retry }));
  for (let n = 0; n < 6; n++) {
    const first = claimJob(temp.store, { now: n * 10_000 });
    for (const attempt of [1, 2]) {
      const at = n * 10_000 + attempt * 2_000;
      const job = attempt === 1 ? first : temp.store.jobs.claim(at);
      assert.ok(job);
      const ending = attempt === 1 || n % 2 === 0 ? failure("exit") : success();
      const isLast = n % 2 === 0 && attempt === 2;
      const changes = { ending, endedAt: at + 500, exitCode: ending.ok ? 0 : isLast ? 78 : 1 };
      settle(temp, setup, attemptOf(job, isLast ? { ...changes, ending: FINAL } : changes));
      temp.store.waits.release(at + 10_000);
    }
  }
  temp.store.heartbeats.beat(
    { pid: 1, boot: undefined, startedAt: 0, tickAt: 60_000 },
    { settings: '{"jobLogRetentionMs":0}', droppedLines: 0 },
  );
  assert.deepEqual(findingsIn(temp.path), []);
  for (let cutoff = 1_000; cutoff <= 61_000; cutoff += 1_000) {
    temp.store.history.prune(cutoff, 60_000);
    assert.deepEqual(findingsIn(temp.path), [], `before ${cutoff}`);
  }
});

Deno.test("a clock set back shows as a note, not as a broken promise", () => {
  using temp = openTempStore();
  const { store } = temp;
  const setup = setupOf(pluginSpec());
  const noon = Date.parse("2026-01-31T12:00:00.000Z");
  const run = (now: number, endedAt: number) =>
    settle(temp, setup, attemptOf(claimJob(store, { now }), { endedAt, exitCode: 0 }));
  run(noon, noon + 300_000);
  run(noon + 180_000, noon + 181_000); // two minutes set back after it
  run(noon + 200_000, noon + 100_000); // and again while it ran
  const { broken, notes } = verifyDatabase(temp.path, 10);
  assert.deepEqual(broken.shown, []);
  assert.deepEqual(
    notes.shown.map(({ key, promise }) => [key.replace(/, job .*/, ""), promise]),
    [
      ["id 2, plugin echo", "clock.order"],
      ["id 3", "clock.order"],
    ],
  );
});

Deno.test("findings beyond the limit are counted", () => {
  using temp = openTempStore();
  const setup = setupOf(pluginSpec());
  for (let n = 0; n < 5; n++) settle(temp, setup, attemptOf(claimJob(temp.store), { exitCode: 0 }));
  using db = new DatabaseSync(temp.path);
  db.exec("UPDATE job_log SET exit_code = 1");
  const { broken, attempts, jobs } = verifyDatabase(temp.path, 3);
  assert.deepEqual([broken.shown.length, broken.more, jobs, attempts], [3, 2, 5, 5]);
});

Deno.test("a damaged file is one finding, and nothing else is read from it", () => {
  using temp = openTempStore();
  for (let n = 0; n < 300; n++) enqueueJob(temp.store);
  temp.store.close();
  const bytes = Deno.readFileSync(temp.path);
  bytes.fill(0x55, bytes.length - 4 * 4_096);
  Deno.writeFileSync(temp.path, bytes);
  const findings = findingsIn(temp.path);
  assert.deepEqual(findings.map(({ promise }) => promise), ["database.whole"]);
});
