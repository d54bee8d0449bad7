import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import type { GatewayProcess } from "../support/gateway_process.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists, missing, skipWhere } from "../support/tools.ts";
import { isAlive, kill, until } from "../support/wait.ts";

const HOURLY = "{ schedule: { every: 1h } }";
const SHORT = "{ schedule: { every: 1h }, timeouts: { poll: 300ms } }";
const ANSWER = `echo '{"status":"ok"}'`;
const WELL = `#!/bin/bash\n${ANSWER}\n`;

/** Writes its own pid and that of its child, and keeps running as long as its folder is there. */
const STAYS = `#!/bin/bash
while [ -e run.sh ]; do sleep 0.1; done & echo $$ > pids.tmp; echo $! >> pids.tmp
mv pids.tmp pids; wait`;

/** Waits for the pids that the plugin "it" writes into a file. */
async function pidsOf({ folder }: Site, gateway: GatewayProcess): Promise<number[]> {
  const path = `${folder}/plugins/it/pids`;
  await until("the pids of the plugin", () => exists(path), gateway.evidence);
  return Deno.readTextFileSync(path).trim().split("\n").map(Number);
}

/** Starts a gateway, waits until its plugin has written its pids, and kills the gateway. */
async function crash(site: Site): Promise<number[]> {
  const gateway = site.start();
  const pids = await pidsOf(site, gateway);
  await until("the pid in the database", () => site.query("SELECT pid FROM job_queue")[0]?.pid);
  await gateway.kill();
  return pids;
}

/** A stranger in its own session. */
function startStranger(args: readonly string[] = ["999"], env: Record<string, string> = {}) {
  const child = new Deno.Command("sleep", { args: [...args], env, detached: true }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      kill(child.pid);
      await child.status;
    },
  };
}

Deno.test("a process that later got an orphan's pid is left alone, however young", async () => {
  await using site = createSite({ it: { script: STAYS, entry: HOURLY } });
  const pids = await crash(site);
  pids.forEach(kill);
  const lastSign = Date.parse(String(site.query("SELECT tick_at FROM heartbeat")[0]?.tick_at));
  await until("a second to pass", () => Date.now() > lastSign + 1_500);
  await using stranger = startStranger();
  site.execute(`UPDATE job_queue SET pid = ${stranger.pid}`);
  const gateway = site.start();
  await gateway.logged("Orphaned job recovered", { leftover_processes: "recycled" });
  assert.equal(isAlive(stranger.pid), true);
  await gateway.kill();
  (await pidsOf(site, gateway)).forEach(kill);
  recordFault({ fault: "pid of an orphan recycled", times: 1, outcome: "left alone", isNew: true });
});

Deno.test("a process that later got the number of a failed attempt, whose job waits, is left alone", async () => {
  const entry = "{ schedule: { every: 1d }, retry: { backoff_base: 1h } }";
  await using site = createSite({ it: { script: "#!/bin/bash\nexit 1", entry } });
  const first = site.start();
  await first.logged("Job failed, retrying");
  await first.loggedTimes("Tick", first.count("Tick") + 25); // what is left is looked for within a second
  await using stranger = startStranger();
  await first.loggedTimes("Tick", first.count("Tick") + 2);
  site.execute(`UPDATE job_queue SET pid = ${stranger.pid} WHERE pid IS NOT NULL`);
  await first.kill();
  const second = site.start();
  await until(
    "the end of recovery",
    () => site.query("SELECT pid FROM heartbeat")[0]?.pid === second.pid,
    second.evidence,
  );
  assert.equal(isAlive(stranger.pid), true);
  assert.equal(await second.stop(), 0);
  recordFault({
    fault: "pid of a failed attempt recycled while its job waits",
    times: 1,
    outcome: "left alone",
    isNew: true,
  });
});

Deno.test("a retry runs without what the failed attempt left, even in a session of its own", async () => {
  const script = `#!/bin/bash
if [ -e pids ]; then ${ANSWER}; exit; fi
setsid sleep 999 < /dev/null > /dev/null 2>&1 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.02; done
echo $! > pids; exit 1`;
  const entry = "{ schedule: { every: 1d }, retry: { backoff_base: 100ms } }";
  await using site = createSite({ it: { script, entry } });
  const gateway = site.start();
  await gateway.logged("Job succeeded", { attempt: 2 });
  const [child = 0] = await pidsOf(site, gateway);
  const wasAlive = isAlive(child);
  kill(child);
  assert.equal(wasAlive, false);
  const said = gateway.log().map(({ message }) => message);
  const ended = said.indexOf("Ended the processes of an earlier attempt");
  assert.ok(ended !== -1 && ended < said.lastIndexOf("Plugin spawned"), gateway.evidence());
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "child of a failed attempt in a session of its own",
    times: 1,
    outcome: "ended before the retry",
    isNew: true,
  });
});

Deno.test("neither a stored pid nor an inherited mark makes the gateway signal itself or every process", async () => {
  await using stranger = startStranger();
  for (const pid of [0, 1, -1, -stranger.pid, Deno.pid]) {
    await using site = createSite({ it: { script: STAYS, entry: HOURLY } });
    (await crash(site)).forEach(kill);
    Deno.removeSync(`${site.folder}/plugins/it/pids`);
    site.execute(`UPDATE job_queue SET pid = ${pid}`);
    const [job] = site.query("SELECT id FROM job_queue");
    const env = { SENECHAL_JOB_ID: String(job?.id), SENECHAL_PLUGIN: "it" };
    const gateway = site.start({ env });
    await gateway.logged("Orphaned job recovered");
    await pidsOf(site, gateway);
    assert.equal(isAlive(gateway.pid), true);
    assert.equal(isAlive(stranger.pid), true);
    gateway.signal("SIGQUIT");
    assert.equal(await gateway.exit, 0);
  }
  const outcome = "signals neither itself nor any other process";
  recordFault({ fault: "pid 0, 1, -1 or a foreign one in a row", times: 5, outcome, isNew: true });
});

Deno.test("a process whose arguments name the job is left alone", async () => {
  await using site = createSite({ it: { script: STAYS, entry: HOURLY } });
  (await crash(site)).forEach(kill);
  const [job] = site.query("SELECT id FROM job_queue");
  const child = new Deno.Command("sh", {
    args: ["-c", "read x", `x SENECHAL_JOB_ID=${job?.id}`],
    stdin: "piped",
  }).spawn();
  const gateway = site.start();
  await gateway.logged("Orphaned job recovered", { leftover_processes: "gone" });
  assert.equal(isAlive(child.pid), true);
  await child.stdin.close();
  await child.status;
  await gateway.kill();
  (await pidsOf(site, gateway)).forEach(kill);
  recordFault({
    fault: "arguments that look like a job's mark",
    times: 1,
    outcome: "left alone",
    isNew: true,
  });
});

Deno.test("after kill -9, children without the mark in their own groups are killed, even if the clock was set back", async () => {
  const script = `#!/bin/bash
set -m; env -i sleep 999 & echo $$ > pids.tmp; echo $! >> pids.tmp; mv pids.tmp pids; wait`;
  for (const hours of [0, 1]) {
    await using site = createSite({ it: { script, entry: HOURLY } });
    const pids = await crash(site);
    const move = (column: string) =>
      `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '+${hours} hours')`;
    site.execute(`UPDATE heartbeat SET ${["booted_at", "started_at", "tick_at"].map(move)};
      UPDATE job_queue SET ${["created_at", "started_at"].map(move)}`);
    Deno.removeSync(`${site.folder}/plugins/it/pids`);
    const gateway = site.start();
    await gateway.logged("Orphaned job recovered", { leftover_processes: "killed" });
    assert.deepEqual(pids.map(isAlive), [false, false]);
    await pidsOf(site, gateway);
    gateway.signal("SIGQUIT");
    assert.equal(await gateway.exit, 0);
  }
  recordFault({
    fault: "SIGKILL with unmarked children in groups of their own",
    times: 2,
    outcome: "killed at the next start, even after the clock was set back",
    isNew: true,
  });
});

Deno.test("what an earlier attempt left is ended before a later attempt runs", async () => {
  const script = `#!/bin/bash
if [ -e pids ]; then ${ANSWER}; exit; fi
set -m; sleep 999 > /dev/null 2>&1 & echo $$ > pids.tmp; echo $! >> pids.tmp; mv pids.tmp pids; wait`;
  await using site = createSite({ it: { script, entry: HOURLY } });
  const pids = await crash(site);
  site.execute("UPDATE job_queue SET status = 'queued', attempt = 2");
  const gateway = site.start();
  await gateway.logged("Ended the processes of an earlier attempt");
  await gateway.logged("Job succeeded", { attempt: 2 });
  assert.deepEqual(pids.map(isAlive), [false, false]);
  assert.equal(await gateway.stop(), 0);
  const outcome = "ended before attempt 2";
  recordFault({ fault: "leftovers of an interrupted attempt", times: 1, outcome, isNew: true });
});

Deno.test("at the deadline, children in their own groups or sessions end with the plugin", async () => {
  const script = `#!/bin/bash
timeout 999 sleep 999 & a=$!; set -m; sleep 999 & b=$!; setsid sleep 999 & c=$!
printf '%s\\n' $$ $a $b $c > pids; wait`;
  await using site = createSite({ it: { script, entry: SHORT } });
  const gateway = site.start();
  await gateway.logged("Job failed", { reason: "timeout" });
  assert.deepEqual((await pidsOf(site, gateway)).map(isAlive), [false, false, false, false]);
  assert.equal(await gateway.stop(), 0);
  const outcome = "all ended";
  recordFault({ fault: "deadline with children in other groups", times: 1, outcome, isNew: true });
});

Deno.test("a stop ends children in their own group with the plugin", async () => {
  const script = `#!/bin/bash
set -m; sleep 999 & echo $$ > pids.tmp; echo $! >> pids.tmp; mv pids.tmp pids; wait`;
  for (const signals of [["SIGQUIT"], ["SIGTERM", "SIGTERM"]] as const) {
    await using site = createSite({ it: { script, entry: HOURLY } });
    const gateway = site.start();
    const pids = await pidsOf(site, gateway);
    for (const signal of signals) {
      await until("the next signal to count", () => gateway.trySignal(signal) ?? true);
      if (signals.length > 1) await gateway.logged("Stopping");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert.equal(await gateway.exit, 0);
    assert.deepEqual(pids.map(isAlive), [false, false]);
    assert.equal(site.query("SELECT attempt FROM job_queue")[0]?.attempt, 2);
  }
  recordFault({
    fault: "SIGQUIT, or two SIGTERM",
    times: 2,
    outcome: "all ended, exit 0",
    isNew: true,
  });
});

Deno.test("the gateway ignores signals that would end it without its plugins", async () => {
  await using site = createSite({ it: { script: WELL, entry: HOURLY } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  for (const signal of ["SIGUSR2", "SIGALRM"] as const) {
    gateway.signal(signal);
    assert.equal((await gateway.logged("Signal ignored", { signal })).level, "warn");
  }
  assert.equal(await gateway.stop(), 0);
  recordFault({ fault: "SIGUSR2, SIGALRM", times: 2, outcome: "ignored, logged", isNew: true });
});

Deno.test("the rest of a group has its grace even if the leader ends at once", async () => {
  const script = `#!/bin/bash
(trap 'sleep 0.5; echo done > cleaned; exit' TERM; echo > armed; while :; do sleep 0.05; done) &
until [ -e armed ]; do sleep 0.01; done; wait`;
  await using site = createSite({ it: { script, entry: SHORT } });
  const gateway = site.start();
  await gateway.logged("Job failed", { reason: "timeout" });
  assert.equal(exists(`${site.folder}/plugins/it/cleaned`), true);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "SIGTERM to a script and its child",
    times: 1,
    outcome: "both get the grace",
    isNew: true,
  });
});

Deno.test("a plugin that finished while the gateway was suspended has succeeded", async () => {
  const entry = "{ schedule: { every: 1h }, timeouts: { poll: 3s } }";
  await using site = createSite({
    it: {
      script:
        `#!/bin/bash\necho > ran; until [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done; ${ANSWER}`,
      entry,
    },
  });
  const gateway = site.start();
  const spawned = await gateway.logged("Plugin spawned");
  await until("the plugin to run", () => exists(`${site.folder}/plugins/it/ran`));
  gateway.signal("SIGSTOP");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/go`, "");
  await until("the end of the plugin", () => !isAlive(Number(spawned.pid)));
  const deadline = Date.parse(String(spawned.timestamp)) + 4_000;
  await until("the deadline to pass", () => Date.now() > deadline);
  gateway.signal("SIGCONT");
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const outcome = "succeeded";
  recordFault({ fault: "gateway frozen past a deadline", times: 1, outcome, isNew: true });
});

Deno.test("a child that holds an unread request blocks nothing", async () => {
  const script = `#!/bin/bash
exec 3<&0; env -i setsid sleep 999 <&3 > /dev/null 2>&1 & echo $! > pids; ${ANSWER}`;
  const entry = `{ schedule: { every: 1h }, config: { big: ${"x".repeat(500_000)} } }`;
  await using site = createSite({ it: { script, entry }, next: { script: WELL } });
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "it" });
  await gateway.logged("Job succeeded", { plugin: "next" });
  (await pidsOf(site, gateway)).forEach(kill);
  assert.equal(await gateway.stop(), 0);
  const outcome = "settled, the next job runs";
  recordFault({ fault: "child that holds an unread stdin", times: 1, outcome, isNew: true });
});

Deno.test("a plugin ended by a signal without a name fails, and nothing else does", async () => {
  await using site = createSite({
    it: { script: "#!/bin/bash\nkill -$((34 + RANDOM % 30)) $$", entry: HOURLY },
    next: { script: WELL },
  });
  const gateway = site.start();
  const failed = await gateway.logged("Job failed", { plugin: "it", reason: "exit" });
  assert.match(String(failed.error), /^ended by signal \d\d$/);
  await gateway.logged("Job succeeded", { plugin: "next" });
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "plugin ended by a real-time signal",
    times: 1,
    outcome: "failed, with the signal's number",
    isNew: true,
  });
});

Deno.test("a plugin whose file is being written is retried until the file is complete", async () => {
  await using site = createSite({ it: { script: WELL, entry: HOURLY } });
  const writer = Deno.openSync(`${site.folder}/plugins/it/run.sh`, { append: true });
  const gateway = site.start();
  await gateway.logged("Plugin cannot be spawned now, trying again");
  writer.close();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const warned = gateway.log().filter(({ level }) => level === "warn");
  assert.equal(warned.length, 1);
  recordFault({
    fault: "plugin busy at the spawn",
    times: 1,
    outcome: "tried again, run once",
    isNew: true,
  });
});

Deno.test({
  name: "the gateway waits for a machine that has no room for a process",
  ignore: skipWhere(missing("prlimit"), "no room for a process"),
  async fn() {
    const entry = "{ schedule: { every: 300ms } }";
    await using site = createSite({ it: { script: WELL, entry } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    const limit = async (files: string) => {
      const args = ["--pid", String(gateway.pid), `--nofile=${files}`];
      assert.ok((await new Deno.Command("prlimit", { args }).output()).success);
    };
    await limit("5:");
    await gateway.logged("Plugin cannot be spawned now, trying again");
    await limit("1024:");
    const before = gateway.count("Job succeeded");
    await gateway.loggedTimes("Job succeeded", before + 1);
    assert.equal(gateway.log().some(({ message }) => message === "Job failed"), false);
    assert.equal(await gateway.stop(), 0);
    recordFault({
      fault: "no file left to spawn with",
      times: 1,
      outcome: "tried again, run once",
      isNew: true,
    });
  },
});

Deno.test("fifty orphans with stubborn children cost one grace, and get SIGTERM before SIGKILL", async () => {
  await using site = createSite({ it: { script: WELL, entry: HOURLY } });
  const first = site.start();
  await first.logged("Job succeeded");
  await first.kill();
  const script = "trap 'echo heard' TERM; echo $$; while :; do sleep 0.1; done";
  const orphans = await Promise.all(Array.from({ length: 50 }, async (_, n) => {
    const env = { SENECHAL_JOB_ID: `orphan-${n}` };
    const child = new Deno.Command("setsid", { args: ["bash", "-c", script], env, stdout: "piped" })
      .spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    const heard = reader.read().then(({ value }) => new TextDecoder().decode(value));
    return { child, reader, heard };
  }));
  const now = new Date().toISOString();
  const rows = orphans.map((_, n) =>
    `('orphan-${n}', 'it', 'poll', '{}', 'running', 4, 4, 'test', '${now}', '${now}')`
  );
  site.execute(`INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
    submitted_by, created_at, started_at) VALUES ${rows}`);
  const gateway = site.start();
  await gateway.loggedTimes("Orphaned job recovered", 50); // waits less than seven graces
  const statuses = await Promise.all(orphans.map(({ child }) => child.status));
  assert.deepEqual(new Set(statuses.map(({ signal }) => signal)), new Set(["SIGKILL"]));
  for (const { reader, heard } of orphans) {
    assert.equal(await heard, "heard\n");
    await reader.cancel();
  }
  assert.deepEqual(
    gateway.log().filter(({ message }) => message === "Orphaned job recovered")
      .filter((line) => line.leftover_processes !== "killed" || line.status !== "dead"),
    [],
  );
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "50 orphans with stubborn children",
    times: 50,
    outcome: "one grace for all",
    isNew: true,
  });
});

Deno.test("a row marked as running that is not running is recovered at the next tick", async () => {
  await using site = createSite({ it: { script: WELL, entry: "{ schedule: { every: 200ms } }" } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const now = new Date().toISOString();
  site.execute(`INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
    submitted_by, created_at, started_at)
    VALUES ('stray', 'it', 'poll', '{}', 'running', 4, 4, 'test', '${now}', '${now}')`);
  await gateway.logged("Job is marked as running, but not by this gateway", { job_id: "stray" });
  await gateway.logged("Orphaned job recovered", { job_id: "stray", status: "dead" });
  const before = gateway.count("Job succeeded");
  await gateway.loggedTimes("Job succeeded", before + 1);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "running row without a run",
    times: 1,
    outcome: "recovered, the plugin runs again",
    isNew: true,
  });
});

Deno.test({
  name: "another user's process that cannot be ended holds back only its plugin, until it is gone",
  ignore: skipWhere(
    missing("setpriv") ?? (Deno.uid() === 0 ? undefined : "only root may run as another user"),
    "processes of another user",
  ),
  async fn() {
    const script = `#!/bin/bash
[ -e pids ] && { ${ANSWER}; exit; }
setpriv --reuid=65534 --clear-groups sleep 999 > /dev/null 2>&1 & echo $! > pids
until [ "$(ps -o user= -p $!)" = nobody ]; do sleep 0.02; done; echo > armed; wait`;
    const entry = "{ schedule: { every: 500ms }, timeouts: { poll: 2s } }";
    await using site = createSite({ it: { script, entry }, next: { script: WELL, entry } });
    const under = ["setpriv", "--bounding-set=-kill", "--inh-caps=-kill"];
    const gateway = site.start({ under });
    const held = await gateway.logged(
      "Processes cannot be ended, plugin held back until they are gone",
    );
    const [pid = 0] = await pidsOf(site, gateway);
    assert.deepEqual(held.processes, [{ pid, name: "sleep", user: "nobody" }]);
    await gateway.logged("Job failed", { plugin: "it", reason: "timeout" });
    await gateway.loggedTimes("Job succeeded", 3);
    const succeeded = gateway.log().filter(({ message }) => message === "Job succeeded");
    assert.deepEqual(new Set(succeeded.map(({ plugin }) => plugin)), new Set(["next"]));
    await gateway.kill();
    site.execute(
      "UPDATE job_queue SET status = 'running', pid = NULL, completed_at = NULL WHERE plugin = 'it' AND status = 'failed'",
    );
    const again = site.start({ under });
    await again.logged("Gateway started");
    kill(pid);
    await again.logged("Job succeeded", { plugin: "it" });
    assert.equal(await again.stop(), 0);
    const outcome = "logged with its user; only its plugin waits";
    recordFault({ fault: "process that may not be signalled", times: 2, outcome, isNew: true });
  },
});

/** Attaches to the plugin as a debugger does, and stops itself, so that the plugin cannot be reaped. */
const TRACER = `import ctypes, os, signal, sys
pid = int(sys.argv[1])
if ctypes.CDLL(None).ptrace(16, pid, None, None) == 0: # PTRACE_ATTACH
    os.waitpid(pid, 0)
    ctypes.CDLL(None).ptrace(7, pid, None, None) # PTRACE_CONT
    open(sys.argv[2], "w").write(str(os.getpid()))
os.kill(os.getpid(), signal.SIGSTOP)
`;

Deno.test({
  name: "a plugin that cannot be reaped is given up, and the others continue",
  ignore: skipWhere(missing("python3"), "a plugin that cannot be reaped"),
  async fn() {
    const script = `#!/bin/bash
setsid env -i "$(command -v python3)" tracer.py $$ "$PWD/pids" < /dev/null > /dev/null 2>&1 &
while :; do read -r -t 1 < <(sleep 1); done`;
    const entry = "{ schedule: { every: 1h }, timeouts: { poll: 2s } }";
    await using site = createSite({ it: { script, entry }, next: { script: WELL } });
    Deno.writeTextFileSync(`${site.folder}/plugins/it/tracer.py`, TRACER);
    const gateway = site.start();
    const [tracer = 0] = await pidsOf(site, gateway);
    await gateway.logged("Job failed", { plugin: "it", reason: "timeout" });
    await gateway.logged("Job succeeded", { plugin: "next" });
    kill(tracer);
    assert.equal(await gateway.stop(), 0);
    const outcome = "given up as a timeout, the next job runs";
    recordFault({ fault: "plugin that cannot be reaped", times: 1, outcome, isNew: true });
  },
});

Deno.test("a stop takes effect while an orphan has its grace; the next start recovers the orphan", async () => {
  const script = `#!/bin/bash\ntrap '' TERM; echo $$ > pids; while :; do sleep 0.1; done`;
  await using site = createSite({ it: { script, entry: HOURLY } });
  const [pid = 0] = await crash(site);
  const gateway = site.start();
  await until("the sweep to begin", () => gateway.log().length > 0 || isSweeping(gateway.pid));
  gateway.signal("SIGTERM");
  assert.equal(await gateway.exit, 0);
  assert.deepEqual(site.query("SELECT status FROM job_queue"), [{ status: "running" }]);
  assert.equal(isAlive(pid), true);
  kill(pid);
  const outcome = "stops at once, orphan left to the next start";
  recordFault({ fault: "stop while an orphan is ended", times: 1, outcome, isNew: true });
});

/** Whether the gateway has opened its database, which it does just before it searches for orphans. */
function isSweeping(pid: number): boolean {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].some(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`).endsWith("/state.db-wal");
    } catch {
      return false; // closed meanwhile
    }
  });
}

/** Makes the gateway pid 1 of its namespace, which must reap orphans, and does not. */
const WITHOUT_INIT = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

async function whyNoNamespace(): Promise<string | undefined> {
  const [program = "", ...args] = WITHOUT_INIT;
  if (missing(program) !== undefined) return missing(program);
  const { success } = await new Deno.Command(program, { args: [...args, "true"], stderr: "null" })
    .output();
  return success ? undefined : "unshare is not allowed here";
}

Deno.test({
  name: "unreaped zombies count neither as left behind nor as an orphan's",
  ignore: skipWhere(await whyNoNamespace(), "a container without an init"),
  async fn() {
    const script = `#!/bin/bash\n(sleep 0.01 &) > /dev/null 2>&1; sleep 0.1; ${ANSWER}`;
    await using site = createSite({ it: { script, entry: "{ schedule: { every: 100ms } }" } });
    const gateway = site.start({ under: WITHOUT_INIT });
    await gateway.loggedTimes("Job succeeded", 3);
    assert.deepEqual(gateway.log().filter(({ level }) => level === "warn"), []);
    await gateway.kill();
    recordFault({
      fault: "zombies that nobody reaps",
      times: 3,
      outcome: "not counted",
      isNew: true,
    });
  },
});
