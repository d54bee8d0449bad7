import assert from "node:assert/strict";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const OK = `echo '{"status":"ok"}'`;
const HANGS = `#!/bin/bash\nwhile [ -e run.sh ]; do sleep 0.02; done`;
/** Runs until there is a file `go`; writes when it starts and ends. */
const NOTES = `#!/bin/bash
echo "start $SENECHAL_JOB_ID" >> ../../ledger
until [ -e ../../go ] || ! [ -e run.sh ]; do sleep 0.02; done
echo "end $SENECHAL_JOB_ID" >> ../../ledger
${OK}`;

const ledgerOf = ({ folder }: Site) =>
  exists(`${folder}/ledger`) ? Deno.readTextFileSync(`${folder}/ledger`).trim().split("\n") : [];

Deno.test("a plugin that hangs until its timeout delays no other one", async () => {
  await using site = createSite({
    hangs: { script: HANGS, entry: "{ schedule: { every: 1h }, timeouts: { poll: 1m } }" },
    next: { script: `#!/bin/bash\n${OK}`, entry: "{ schedule: { every: 200ms } }" },
  });
  const gateway = site.start();
  await gateway.logged("Plugin spawned", { plugin: "hangs" });
  const before = gateway.count("Job succeeded");
  await gateway.loggedTimes("Job succeeded", before + 5);
  assert.equal(
    gateway.log().some(({ plugin, message }) => plugin === "hangs" && message === "Plugin ended"),
    false,
  );
  gateway.signal("SIGTERM");
  await gateway.logged("Stopping");
  assert.equal(
    (await gateway.logged("Waiting for a running plugin, a second signal ends it now")).plugin,
    "hangs",
  );
  await new Promise((resolve) => setTimeout(resolve, 300)); // a second signal right away is the same request
  gateway.signal("SIGTERM");
  assert.equal(await gateway.exit, 0);
});

Deno.test("as many jobs run at once as max_running allows, and of each plugin one", async () => {
  const names = Array.from({ length: 6 }, (_, n) => `p${n}`);
  const plugins = Object.fromEntries(names.map((name) => [name, { script: NOTES }]));
  await using site = createSite(plugins, "max_running: 3");
  const gateway = site.start();
  await until("three runs", () => ledgerOf(site).length === 3);
  await gateway.loggedTimes("Tick", 5);
  assert.equal(ledgerOf(site).length, 3);
  Deno.writeTextFileSync(`${site.folder}/go`, "");
  await gateway.loggedTimes("Job succeeded", 6);
  let running = 0;
  for (const line of ledgerOf(site)) {
    running += line.startsWith("start") ? 1 : -1;
    assert.ok(running <= 3, ledgerOf(site).join());
  }
  assert.equal(await gateway.stop(), 0);
});

Deno.test("jobs of a pool share its places, and leave the other lanes to others", async () => {
  const entry = "{ schedule: { every: 1h }, pool: nas }";
  await using site = createSite({
    a: { script: NOTES, entry },
    b: { script: NOTES, entry },
    c: { script: NOTES },
  });
  const config = `${site.folder}/config.yaml`;
  Deno.writeTextFileSync(config, `pools: { nas: 1 }\n${Deno.readTextFileSync(config)}`);
  const gateway = site.start();
  await until("two runs", () => ledgerOf(site).length === 2);
  await gateway.loggedTimes("Tick", 5);
  assert.equal(ledgerOf(site).length, 2);
  assert.deepEqual(
    gateway.log().filter(({ message }) => message === "Plugin spawned").map(({ plugin }) => plugin),
    ["a", "c"],
  );
  Deno.writeTextFileSync(`${site.folder}/go`, "");
  await gateway.logged("Job succeeded", { plugin: "b" });
  assert.equal(await gateway.stop(), 0);
});

Deno.test("jobs of one plugin run one after the other, in the order of the queue", async () => {
  await using site = createSite({ it: { script: NOTES } });
  Deno.writeTextFileSync(`${site.folder}/go`, "");
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 1);
  const ids = Array.from({ length: 5 }, (_, n) => `job-${n}`);
  for (const id of ids) {
    site.execute(`INSERT INTO job_queue
      (id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at)
      VALUES ('${id}', 'it', 'poll', '{}', 'queued', 1, 4, 'a person', '2026-01-01T00:00:00.000Z')`);
  }
  await gateway.loggedTimes("Job succeeded", 6);
  const lines = ledgerOf(site).slice(2);
  assert.deepEqual(lines, ids.flatMap((id) => [`start ${id}`, `end ${id}`]));
  assert.equal(await gateway.stop(), 0);
});

Deno.test("a failed job is retried after its wait, also across a restart, and says so", async () => {
  const script = `#!/bin/bash
cat >> requests; [ -e well ] && { ${OK}; exit; }
echo no network >&2; exit 1`;
  const entry = "{ schedule: { every: 1d }, retry: { backoff_base: 5s } }";
  await using site = createSite({ it: { script, entry } });
  const first = site.start();
  const failed = await first.logged("Job failed, retrying");
  assert.deepEqual([failed.level, failed.attempt, failed.max_attempts], ["warn", 1, 4]);
  assert.match(String(failed.error), /^exit code 1: no network/);
  await first.loggedTimes("Tick", first.count("Tick") + 3); // the wait holds up nothing
  await first.kill();
  const [row] = site.query("SELECT status, attempt, not_before, last_error FROM job_queue");
  assert.deepEqual([row?.status, row?.attempt, row?.not_before], [
    "queued",
    2,
    failed.next_attempt_at,
  ]);
  const waits = "SELECT status, next_attempt_at FROM job_log";
  assert.deepEqual(site.query(waits), [{
    status: "failed",
    next_attempt_at: failed.next_attempt_at,
  }]);
  Deno.writeTextFileSync(`${site.folder}/plugins/it/well`, "");
  const second = site.start();
  const done = await second.logged("Job succeeded", { attempt: 2 });
  assert.ok(Date.parse(String(done.timestamp)) >= Date.parse(String(failed.next_attempt_at)));
  assert.equal(await second.stop(), 0);
  assert.equal(second.count("Job enqueued"), 0, "no poll beside a waiting retry");
  const requests = Deno.readTextFileSync(`${site.folder}/plugins/it/requests`).trim().split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(requests.map(({ attempt }) => attempt), [1, 2]);
  assert.equal(requests[0].due_at, requests[1].due_at);
  assert.equal(requests[0].job_id, requests[1].job_id);
});

Deno.test("a job is not retried if the plugin says so, exits with 78, or is missing", async () => {
  const entry = "{ schedule: { every: 1d }, retry: { backoff_base: 100ms } }";
  await using site = createSite({
    asks: { script: `#!/bin/bash\necho '{"status":"error","error":"no","retry":false}'`, entry },
    config: { script: "#!/bin/bash\nexit 78", entry },
    missing: { script: "#!/bin/bash\nrm run.sh; exit 1", entry },
  });
  const gateway = site.start();
  await gateway.loggedTimes("Job failed", 3);
  assert.equal(await gateway.stop(), 0);
  const rows = site.query("SELECT plugin, attempt, status FROM job_queue ORDER BY plugin");
  assert.deepEqual(rows, [
    { plugin: "asks", attempt: 1, status: "failed" },
    { plugin: "config", attempt: 1, status: "failed" },
    { plugin: "missing", attempt: 2, status: "failed" },
  ]);
});

Deno.test("a circuit breaker stops polls after failures, lets one try, and closes when it succeeds", async () => {
  const script = `#!/bin/bash\necho run >> runs; [ -e well ] && { ${OK}; exit; }; exit 1`;
  const entry =
    "{ schedule: { every: 100ms }, circuit_breaker: { threshold: 2, reset_after: 2s } }";
  await using site = createSite({ it: { script, entry } });
  const gateway = site.start();
  const opened = await gateway.logged("Circuit breaker opened, polls stop until one succeeds");
  assert.deepEqual([opened.level, opened.plugin, opened.failures], ["warn", "it", 2]);
  const waiting = await gateway.logged("Plugin is due, but its circuit breaker is open");
  assert.equal(waiting.next_try_at, opened.next_try_at);
  await gateway.loggedTimes("Job failed", 3);
  const third = gateway.log().filter(({ message }) => message === "Job failed")[2];
  assert.ok(String(third?.timestamp) >= String(opened.next_try_at), "a probe before its time");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/well`, "");
  await gateway.logged("Circuit breaker closed");
  await gateway.loggedTimes("Job succeeded", 3);
  assert.equal(gateway.count("Circuit breaker opened, polls stop until one succeeds"), 1);
  assert.equal(await gateway.stop(), 0);
  const [health] = site.query("SELECT command, failures, failing_since FROM health");
  assert.deepEqual(health, { command: "poll", failures: 0, failing_since: null });
});
