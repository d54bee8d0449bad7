import assert from "node:assert/strict";
import { FAULTY_GATEWAY } from "../support/gateway_process.ts";
import { createSite } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { isAlive, until } from "../support/wait.ts";

const answer = `echo '{"status":"ok","state_updates":{"done":true}}'`;

/** Hangs in its first run, with a child, and answers in every later run. */
const HANGS_ONCE = `#!/bin/bash
if [ -e ran ]; then ${answer}; exit; fi
touch ran; sleep 999 & echo $$ $! > pids.tmp; mv pids.tmp pids; sleep 999
`;

/** Starts a gateway whose plugin hangs, and kills the gateway with SIGKILL meanwhile. */
async function crashInMidRun(entry: string) {
  const site = createSite({ it: { script: HANGS_ONCE, entry } });
  const first = site.start();
  const pids = await until("the plugin to run", () => {
    try {
      return Deno.readTextFileSync(`${site.folder}/plugins/it/pids`).trim().split(" ").map(Number);
    } catch {
      return undefined;
    }
  });
  await until(
    "its pid in the database",
    () => site.query("SELECT pid FROM job_queue")[0]?.pid === pids[0],
  );
  await first.kill();
  assert.deepEqual(pids.map(isAlive), [true, true]);
  return { site, pids };
}

Deno.test("after kill -9 the next start kills what is left of the job and runs it again", async () => {
  const { site: owned, pids } = await crashInMidRun("{ schedule: { every: 1h } }");
  await using site = owned;
  const gateway = site.start();
  const warning = await gateway.logged("Orphaned job recovered");
  assert.equal(warning.level, "warn");
  assert.equal(warning.plugin, "it");
  assert.equal(warning.status, "queued");
  assert.equal(warning.leftover_processes, "killed");
  const end = await gateway.logged("Job succeeded");
  assert.equal(end.job_id, warning.job_id);
  assert.equal(end.attempt, 2);
  assert.deepEqual(pids.map(isAlive), [false, false]);
  assert.equal(await gateway.stop(), 0);
  assert.deepEqual(site.query("SELECT status, reason, attempt FROM job_log ORDER BY id"), [
    { status: "interrupted", reason: "interrupted", attempt: 1 },
    { status: "succeeded", reason: null, attempt: 2 },
  ]);
  assert.deepEqual(site.query("SELECT state FROM plugin_state"), [{ state: '{"done":true}' }]);
  assert.deepEqual(site.query("SELECT status, attempt FROM job_queue"), [
    { status: "succeeded", attempt: 2 },
  ]);
});

Deno.test("while an orphan has its grace, other plugins run, and its own waits", async () => {
  const stubborn = `#!/bin/bash
[ -e pid ] && { echo '{"status":"ok"}'; exit; }
trap '' TERM; echo $$ > pid; while [ -e run.sh ]; do sleep 0.1; done`;
  await using site = createSite({
    stubborn: { script: stubborn, entry: "{ schedule: { every: 1h } }" },
    other: { script: `#!/bin/bash\n${answer}`, entry: "{ schedule: { every: 1h } }" },
  });
  const pid = `${site.folder}/plugins/stubborn/pid`;
  const first = site.start();
  await until("the plugin's pid", () => exists(pid) && Deno.readTextFileSync(pid) !== "");
  await first.logged("Job succeeded", { plugin: "other" });
  await first.kill();
  site.execute("UPDATE schedule SET next_run_at = last_run_at WHERE plugin = 'other'");
  const second = site.start();
  await second.logged("Job succeeded", { plugin: "other" });
  assert.equal(second.count("Orphaned job recovered"), 0, second.evidence());
  await second.logged("Job succeeded", { plugin: "stubborn", attempt: 2 });
  assert.equal(await second.stop(), 0);
  const said = second.log().map(({ message, plugin }) => `${message}: ${plugin}`);
  const recovered = said.indexOf("Orphaned job recovered: stubborn");
  assert.ok(recovered < said.indexOf("Plugin spawned: stubborn"));
});

Deno.test("an orphan without attempts left is dead, and the plugin runs again at its next due time", async () => {
  const { site: owned } = await crashInMidRun("{ schedule: { every: 1h }, max_attempts: 1 }");
  await using site = owned;
  const gateway = site.start();
  const warning = await gateway.logged("Orphaned job recovered");
  assert.equal(warning.status, "dead");
  assert.equal(await gateway.stop(), 0);
  const [job] = site.query("SELECT status, attempt, last_error FROM job_queue");
  assert.deepEqual(job, {
    status: "dead",
    attempt: 1,
    last_error: "the gateway ended while the job ran",
  });
  assert.deepEqual(site.query("SELECT status FROM job_log"), [{ status: "dead" }]);
});

Deno.test("a process that only has the number of an orphan's group is left alone", async () => {
  const { site: owned, pids } = await crashInMidRun("{ schedule: { every: 1h } }");
  await using site = owned;
  Deno.kill(-(pids[0] ?? 0), "SIGKILL");
  const stranger = new Deno.Command("sleep", { args: ["999"], detached: true }).spawn();
  const dayLater = new Date(Date.now() + 86_400_000).toISOString();
  site.query(
    `UPDATE job_queue SET pid = ${stranger.pid}, started_at = '${dayLater}' RETURNING id`,
  );
  const gateway = site.start();
  const warning = await gateway.logged("Orphaned job recovered");
  assert.equal(warning.leftover_processes, "recycled");
  assert.equal(isAlive(stranger.pid), true);
  assert.equal(await gateway.stop(), 0);
  stranger.kill("SIGKILL");
  await stranger.status;
});

Deno.test("a job's processes are killed even if their pid was never recorded or they left the session", async () => {
  await using site = createSite({
    it: {
      script: `#!/bin/bash
if [ -e ran ]; then ${answer}; exit; fi
touch ran; setsid sleep 999 & echo $! > pids; sleep 999
`,
    },
  });
  const first = site.start({
    args: [`${site.folder}/config.yaml`, "spawned", "1", "kill"],
    main: FAULTY_GATEWAY,
  });
  await first.exit;
  const child = await until("the plugin's child", () => {
    try {
      return Number(Deno.readTextFileSync(`${site.folder}/plugins/it/pids`));
    } catch {
      return undefined;
    }
  });
  assert.deepEqual(site.query("SELECT status, pid FROM job_queue"), [
    { status: "running", pid: null },
  ]);
  const gateway = site.start();
  const warning = await gateway.logged("Orphaned job recovered");
  assert.equal(warning.leftover_processes, "killed");
  assert.equal(isAlive(child), false);
  await gateway.logged("Job succeeded", { attempt: 2 });
  assert.equal(await gateway.stop(), 0);
});

Deno.test("a dead gateway's lock file is no obstacle", async () => {
  await using site = createSite({ it: { script: `#!/bin/bash\n${answer}` } });
  const first = site.start();
  await first.logged("Job succeeded");
  await first.kill();
  assert.match(Deno.readTextFileSync(`${site.folder}/data/senechal-gw.lock`), /^\d+\n$/);
  const second = site.start();
  await second.logged("Gateway started");
  assert.equal(await second.stop(), 0);
});
