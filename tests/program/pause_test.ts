import assert from "node:assert/strict";
import { parsePrinted } from "../support/printed.ts";
import { runProgram } from "../support/program.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists, run } from "../support/tools.ts";
import { assertVerified } from "../support/verified.ts";
import { until } from "../support/wait.ts";

const OK = `#!/bin/bash\necho '{"status":"ok"}'`;
const FAST = "{ schedule: { every: 100ms } }";

/** Runs a command at a site; fails unless it exits with `code`. */
async function gw(site: Site, args: readonly string[], code = 0) {
  const ran = await runProgram(args, { cwd: site.folder, env: { LOGNAME: "ann", SUDO_USER: "" } });
  assert.equal(ran.code, code, `${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
  return ran;
}

const runsOf = (site: Site, plugin: string) =>
  Number(site.query(`SELECT count(*) AS n FROM job_log WHERE plugin = '${plugin}'`)[0]?.n);

/** Waits for another run of a plugin, which shows that others could have run. */
async function untilRuns(site: Site, plugin: string, more = 3) {
  const goal = runsOf(site, plugin) + more;
  await until(`${more} more runs of ${plugin}`, () => runsOf(site, plugin) >= goal);
}

Deno.test("rules 3.3 and 3.4: a paused entry starts no job, its next run stays in the past, and one run follows resume", async () => {
  await using site = createSite({
    still: { script: OK, entry: FAST },
    other: { script: OK, entry: FAST },
  });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await untilRuns(site, "still");
  const paused = await gw(site, ["pause", "still"]);
  assert.equal(paused.stdout, "still paused until senechal-gw resume still\n");
  // What was claimed before may still end.
  await until(
    "no job of it runs",
    () =>
      site.query("SELECT 1 FROM job_queue WHERE plugin = 'still' AND status = 'running'").length ===
        0,
  );
  const before = runsOf(site, "still");
  const planned = site.query("SELECT next_run_at FROM schedule WHERE plugin = 'still'");
  await untilRuns(site, "other", 5);
  assert.equal(runsOf(site, "still"), before);
  assert.deepEqual(site.query("SELECT next_run_at FROM schedule WHERE plugin = 'still'"), planned);
  const why = parsePrinted("why", (await gw(site, ["why", "still", "--json"])).stdout);
  assert.equal(why.reason, "paused");
  const status = parsePrinted("status", (await gw(site, ["status", "--json"])).stdout);
  assert.deepEqual(status.entries.find((one: { name: string }) => one.name === "still").paused, {
    all: false,
    since: site.query("SELECT paused_at FROM pauses")[0]?.paused_at,
    until: null,
    by: "ann",
  });
  assert.equal((await gw(site, ["resume", "still"])).stdout, "still resumed\n");
  await untilRuns(site, "still");
  assert.equal(await gateway.stop(), 0);
});

Deno.test("a pause holds back what is queued and what waits for a retry, and a restart keeps it", async () => {
  const failing = `#!/bin/bash\n[ -e fixed ] && echo '{"status":"ok"}' || exit 3`;
  const entry = "{ schedule: { every: 1h }, retry: { backoff_base: 100ms }, max_attempts: 1000 }";
  await using site = createSite({ it: { script: failing, entry } });
  const first = site.start();
  await first.logged("Job failed, retrying");
  await gw(site, ["pause", "it"]);
  await until(
    "it waits",
    () => site.query("SELECT 1 FROM job_queue WHERE status = 'queued'").length === 1,
  );
  assert.equal(await first.stop(), 0);
  Deno.writeTextFileSync(`${site.folder}/plugins/it/fixed`, "");
  const attempts = runsOf(site, "it");
  const second = site.start();
  await second.loggedTimes("Tick", 5);
  assert.equal(runsOf(site, "it"), attempts);
  await gw(site, ["resume", "it"]);
  await second.logged("Job succeeded", { plugin: "it" });
  assert.equal(await second.stop(), 0);
});

Deno.test("a pause for a time ends by itself, without a tick", async () => {
  await using site = createSite({ it: { script: OK, entry: "{ schedule: { every: 1h } }" } });
  const config = `${site.folder}/config.yaml`;
  Deno.writeTextFileSync(config, Deno.readTextFileSync(config).replace("100ms", "1h"));
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await gw(site, ["pause", "--all", "--for", "1500ms"]);
  site.execute(`INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
    submitted_by, created_at) VALUES ('held', 'it', 'poll', '{}', 'queued', 1, 4, 'scheduler', 'x')`);
  await gw(site, ["pause", "it", "--for", "1ms"]); // wakes the dispatcher: it finds the queued job held
  await gateway.logged("Job failed", { job_id: "held" }); // its row cannot be read, which only a claim finds
  const [row] = site.query("SELECT until FROM pauses WHERE plugin = '*'");
  const failed = gateway.log().find(({ job_id }) => job_id === "held");
  assert.ok(String(failed?.timestamp) >= String(row?.until), `${failed?.timestamp} ${row?.until}`);
  assert.equal(await gateway.stop(), 0);
});

Deno.test("rule 3.4: a job that an operator submitted passes a pause", async () => {
  await using site = createSite({ it: { script: OK, entry: FAST } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await untilRuns(site, "it");
  await gw(site, ["pause", "--all"]);
  await until(
    "nothing is left",
    () => site.query("SELECT 1 FROM job_queue WHERE status IN ('queued', 'running')").length === 0,
  );
  const now = new Date().toISOString();
  site.execute(`INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
    submitted_by, created_at) VALUES ('asked', 'it', 'poll', '{}', 'queued', 1, 4, 'operator', '${now}')`);
  await gateway.logged("Job succeeded", { job_id: "asked" });
  assert.equal(await gateway.stop(), 0);
});

Deno.test("rule 3.4: resume of one entry under a pause of all is refused with a hint, and changes nothing", async () => {
  await using site = createSite({ it: { script: OK, entry: FAST } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  await gw(site, ["pause", "it"]);
  await gw(site, ["pause", "--all"]);
  const before = site.query("SELECT * FROM pauses ORDER BY plugin");
  const { stderr } = await gw(site, ["resume", "it"], 1);
  assert.equal(
    stderr,
    "Cannot resume it: all entries are paused; " +
      "run senechal-gw resume --all, and pause those that should stay so\n",
  );
  assert.deepEqual(site.query("SELECT * FROM pauses ORDER BY plugin"), before);
  await gw(site, ["resume", "--all"]);
  assert.deepEqual(site.query("SELECT plugin FROM pauses"), [{ plugin: "it" }]);
  const audit = parsePrinted("audit", (await gw(site, ["audit", "--json"])).stdout);
  assert.deepEqual(
    audit.deeds.map((
      { user, command, arguments: args }: Record<string, unknown>,
    ) => [user, command, args]),
    [["ann", "resume", ["--all"]], ["ann", "pause", ["--all"]], ["ann", "pause", ["it"]]],
  );
  assert.match((await gw(site, ["audit"])).stdout, /^WHEN +USER +COMMAND\n.* ann +resume --all\n/);
  assert.equal(await gateway.stop(), 0);
});

Deno.test("rule 3.5: resume forgets the failures in a row, so the breaker closes", async () => {
  const entry =
    "{ schedule: { every: 100ms }, circuit_breaker: { threshold: 1, reset_after: 1h } }";
  const script = `#!/bin/bash\n[ -e fixed ] && echo '{"status":"ok"}' || exit 3`;
  await using site = createSite({ it: { script, entry } });
  const gateway = site.start();
  await gateway.logged("Job failed");
  Deno.writeTextFileSync(`${site.folder}/plugins/it/fixed`, "");
  const { stdout } = await gw(site, ["resume", "it"]);
  assert.equal(stdout, "it was not paused; 1 failure in a row is forgotten\n");
  assertVerified(site);
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
});

Deno.test("pause and resume work without a gateway and say so, and refuse what they do not know", async () => {
  await using site = createSite({ it: { script: OK, entry: FAST } });
  assert.match(
    (await gw(site, ["pause", "it"], 1)).stderr,
    /^Cannot read database .* it is not there/,
  );
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const counts = "no gateway runs now, so this counts from its next start\n";
  assert.equal(
    (await gw(site, ["pause", "--all"])).stdout,
    `all entries paused until senechal-gw resume --all; ${counts}`,
  );
  assert.equal(
    (await gw(site, ["pause", "ti"], 2)).stderr,
    "error: unknown entry 'ti', did you mean 'it'?\n",
  );
  assert.match((await gw(site, ["pause"], 2)).stderr, /^error: name an entry, or --all\n/);
  assert.match(
    (await gw(site, ["resume", "it", "--all"], 2)).stderr,
    /^error: name either an entry or --all\n/,
  );
});

Deno.test("a command reaches the gateway at once, also after the wake folder was deleted", async () => {
  await using site = createSite({ it: { script: OK, entry: "{ schedule: { every: 1h } }" } });
  const config = `${site.folder}/config.yaml`;
  Deno.writeTextFileSync(config, Deno.readTextFileSync(config).replace("100ms", "8s"));
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const ask = (id: string) => {
    const now = new Date().toISOString();
    site.execute(
      `INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
      submitted_by, created_at) VALUES ('${id}', 'it', 'poll', '{}', 'queued', 1, 4, 'operator', '${now}')`,
    );
  };
  const ticksSoFar = gateway.count("Tick");
  Deno.removeSync(`${site.folder}/data/wake`, { recursive: true });
  await gateway.loggedTimes("Tick", ticksSoFar + 1);
  await until("it watches again", () => exists(`${site.folder}/data/wake`)); // after a tick
  const ticksBefore = gateway.log().filter(({ message }) => message === "Tick").length;
  ask("asked");
  await gw(site, ["resume", "it"]);
  await gateway.logged("Job succeeded", { job_id: "asked" });
  const lines = gateway.log();
  const ticks = lines.slice(0, lines.findIndex(({ job_id }) => job_id === "asked"))
    .filter(({ message }) => message === "Tick").length;
  assert.equal(ticks, ticksBefore, "no tick had to find the job");
  assert.equal(await gateway.stop(), 0);
});

Deno.test("the notice of a command follows no link, waits at no FIFO, and makes no folder", async () => {
  await using site = createSite({ it: { script: OK, entry: FAST } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  const [wake, precious] = [`${site.folder}/data/wake`, `${site.folder}/precious`];
  const file = `${wake}/now`;
  Deno.writeTextFileSync(precious, "kept");
  Deno.symlinkSync(precious, file);
  await gw(site, ["pause", "it"]);
  assert.equal(Deno.readTextFileSync(precious), "kept");
  assert.ok(Deno.lstatSync(file).isFile);
  Deno.removeSync(file);
  assert.equal((await run("mkfifo", [file])).code, 0);
  await gw(site, ["resume", "it"]);
  assert.ok(Deno.lstatSync(file).isFile);
  Deno.renameSync(wake, `${site.folder}/elsewhere`);
  Deno.symlinkSync(`${site.folder}/elsewhere`, wake);
  const at = Deno.statSync(`${site.folder}/elsewhere/now`).ino;
  const { stderr } = await gw(site, ["pause", "it"]);
  assert.equal(
    stderr,
    `The gateway finds this at its next tick only: ${wake} is not a folder\n`,
  );
  assert.equal(Deno.statSync(`${site.folder}/elsewhere/now`).ino, at);
  Deno.removeSync(wake);
  assert.equal((await gw(site, ["resume", "it"])).stderr, "");
  assert.throws(() => Deno.lstatSync(wake), Deno.errors.NotFound);
});

Deno.test("an entry that the gateway has not read yet is no unknown one", async () => {
  await using site = createSite({ it: { script: OK } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const config = `${site.folder}/config.yaml`;
  const text = Deno.readTextFileSync(config);
  Deno.writeTextFileSync(config, text.replace("plugins:", "plugins:\n  later: { enabled: false }"));
  for (
    const args of [["pause", "later"], ["resume", "later"], ["log", "later"], [
      "jobs",
      "--plugin",
      "later",
    ]]
  ) {
    const { stderr } = await gw(site, args, 2);
    assert.equal(
      stderr,
      "error: no gateway has read the entry 'later' yet, which the config names; " +
        "start the gateway, or restart it if it runs\n",
    );
  }
  assert.equal(
    (await gw(site, ["pause", "never"], 2)).stderr,
    "error: unknown entry 'never'; known: it\n",
  );
});

Deno.test("the audit has a duration as it was typed, and the user's number if nobody is named", async () => {
  await using site = createSite({ it: { script: OK } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const env = { LOGNAME: "", SUDO_USER: "", USER: "" };
  const paused = await runProgram(["pause", "it", "--for", "100w"], { cwd: site.folder, env });
  assert.equal(paused.code, 0, paused.stderr);
  const { deeds: [deed] } = parsePrinted("audit", (await gw(site, ["audit", "--json"])).stdout);
  const { uid } = Deno.statSync(site.folder);
  assert.deepEqual([deed.user, deed.arguments], [`uid ${uid}`, ["it", "--for", "100w"]]);
  assert.equal(
    (await gw(site, ["resume", "--all"])).stdout,
    "all entries were not paused together\n",
  );
});

Deno.test("without a config a command names the ways to one", async () => {
  for (const command of ["status", "pause", "doctor", "new"]) {
    const more = { pause: ["x"], new: ["x", "--lang", "bash"] }[command] ?? [];
    const { code, stderr } = await runProgram([command, ...more, "--config", "/nowhere.yaml"]);
    assert.deepEqual([code, stderr], [
      78,
      "Cannot read /nowhere.yaml: no such file; create it, or name another one " +
      "(senechal-gw init FOLDER, --config PATH)\n",
    ]);
  }
});
