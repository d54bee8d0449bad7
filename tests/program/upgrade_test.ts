import assert from "node:assert/strict";
import { createSite, type Site } from "../support/site.ts";
import { assertVerified } from "../support/verified.ts";
import { run, skipWhere } from "../support/tools.ts";

/**
 * Written by the program of version 0.1.0, at commit {@link COMMIT}: "counter" has succeeded, "broken" has
 * failed, "hangs" was interrupted by SIGKILL, and "behind" waits behind it. The schedules are ten years
 * apart, so that until November 2036 nothing else becomes due, and no history is too old.
 */
const FIXTURE = new URL("../fixtures/version_0.1.0.db", import.meta.url);
const COMMIT = "faf2bc294a37c66982aafce4ffc372d03ca9da38";
const ROOT = new URL("../..", import.meta.url).pathname;

const OK = `#!/bin/bash\ncat > request; echo '{"status":"ok"}'`;
const entry = "{ schedule: { every: 520w } }";
const PLUGINS = {
  counter: { script: OK, entry: "{ schedule: { every: 520w, jitter: 1d } }" },
  broken: { script: OK, entry },
  hangs: { script: OK, entry },
  behind: { script: OK, entry },
};

const JOBS = "SELECT seq, plugin, status, attempt, last_error, due_at FROM job_queue ORDER BY seq";
const HISTORY =
  `SELECT job_id, plugin, status, reason, attempt, created_at, started_at, completed_at,
  duration_ms, exit_code, last_error, stderr FROM job_log ORDER BY id`;
const SCHEDULE = "SELECT * FROM schedule ORDER BY plugin";

function createOldSite(): Site {
  const site = createSite(PLUGINS, "job_log_retention: 520w");
  Deno.mkdirSync(`${site.folder}/data`, { mode: 0o700 });
  Deno.writeFileSync(`${site.folder}/data/state.db`, Deno.readFileSync(FIXTURE), { mode: 0o600 });
  return site;
}

Deno.test("a database of version 0.1.0 is used: state, history, schedule and jobs stay", async () => {
  await using site = createOldSite();
  const schedule = site.query(SCHEDULE);
  const history = site.query(HISTORY);
  const states = site.query("SELECT * FROM plugin_state");
  const [counts] = site.query("SELECT count(*) AS n FROM job_queue");
  assert.deepEqual([schedule.length, history.length, states.length, counts?.n], [4, 2, 1, 4]);

  const gateway = site.start();
  const recovered = await gateway.logged("Orphaned job recovered", { plugin: "hangs" });
  assert.deepEqual([recovered.status, recovered.attempt], ["queued", 1]);
  await gateway.logged("Job succeeded", { plugin: "hangs", attempt: 2 });
  await gateway.logged("Job succeeded", { plugin: "behind", attempt: 1 });
  await gateway.logged("Tick");
  assert.equal(await gateway.stop(), 0);
  assert.deepEqual(gateway.stderr, []);

  assertVerified(site);
  assert.deepEqual(site.query(SCHEDULE), schedule);
  assert.deepEqual(site.query(HISTORY).slice(0, 2), history);
  assert.deepEqual(site.query("SELECT * FROM plugin_state"), states);
  const failure = "exit code 3: no network";
  const interrupted = "the gateway ended while the job ran";
  const jobs: readonly unknown[] = site.query(JOBS).map((row) => Object.values(row));
  assert.deepEqual(jobs, [
    [1, "counter", "succeeded", 1, null, null],
    [2, "broken", "failed", 1, failure, null],
    [3, "hangs", "succeeded", 2, null, null],
    [4, "behind", "succeeded", 1, null, null],
  ]);
  const attemptsOf = (plugin: string) =>
    site.query(HISTORY).slice(2).filter((row) => row.plugin === plugin)
      .map((row) => [row.status, row.last_error]);
  assert.deepEqual(attemptsOf("hangs"), [["interrupted", interrupted], ["succeeded", null]]);
  assert.deepEqual(attemptsOf("behind"), [["succeeded", null]]);
  const request = JSON.parse(Deno.readTextFileSync(`${site.folder}/plugins/hangs/request`));
  assert.equal(request.attempt, 2);
});

Deno.test("a plugin goes on from the state that version 0.1.0 stored", async () => {
  await using site = createOldSite();
  site.execute("UPDATE schedule SET next_run_at = last_run_at WHERE plugin = 'counter'");
  const gateway = site.start();
  await gateway.logged("Job succeeded", { plugin: "counter" });
  assert.equal(await gateway.stop(), 0);
  const request = JSON.parse(Deno.readTextFileSync(`${site.folder}/plugins/counter/request`));
  assert.deepEqual(request.state, { n: 1, cursor: "12345678901234567890" });
});

/** Takes the program of version 0.1.0 out of the repository's history. */
async function unpackOldProgram(folder: string): Promise<string | undefined> {
  const script = 'git -C "$1" archive "$2" src deno.json deno.lock | tar -x -C "$3"';
  const args = ["-o", "pipefail", "-c", script, "sh", ROOT, COMMIT, folder];
  if ((await run("bash", args)).code !== 0) return "the history of the repository is not here";
  const options = ["run", "--cached-only", "--allow-all", `${folder}/src/main.ts`, "--version"];
  const { code, stdout } = await run(Deno.execPath(), options, { cwd: folder });
  return code === 0 && stdout === "0.1.0\n" ? undefined : "its dependencies are not here";
}

const oldProgram = Deno.makeTempDirSync({ prefix: "senechal-old-" });
addEventListener("unload", () => Deno.removeSync(oldProgram, { recursive: true }));

Deno.test({
  name: "version 0.1.0 refuses today's database in one line, and leaves it as it is",
  ignore: skipWhere(await unpackOldProgram(oldProgram), "version 0.1.0 on today's database"),
  async fn() {
    await using site = createSite({ it: { script: OK } });
    const today = site.start();
    await today.logged("Job succeeded");
    assert.equal(await today.stop(), 0);
    const path = `${site.folder}/data/state.db`;
    const before = Deno.readFileSync(path);
    const old = site.start({
      main: `${oldProgram}/src/main.ts`,
      args: ["start", "--config", `${site.folder}/config.yaml`],
    });
    assert.equal(await old.exit, 1, old.evidence());
    assert.deepEqual(old.stderr, [
      `Cannot use database ${path}: its tables are version 3, this program knows up to 1; ` +
      "start the newer senechal-gw that wrote it, or restore a backup",
    ]);
    assert.deepEqual(Deno.readFileSync(path), before);
  },
});
