import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { renderVerified } from "../../src/operator/verify.ts";
import type { Finding, Verified } from "../../src/verify/verify.ts";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { createSite } from "../support/site.ts";
import { missing, run, skipWhere } from "../support/tools.ts";

const OK = { script: `#!/bin/bash\ncat > /dev/null; echo '{"status":"ok"}'` };
const ID = "01234567-89ab-4def-8123-456789abcdef";

Deno.test("verify checks the database of the config or a backup, with a gateway or without, and exits with 1 if a row does not hold", async () => {
  await using site = createSite({ it: OK });
  const state = `${site.folder}/data/state.db`;
  const verify = (...args: string[]) =>
    runProgram(["verify", ...args], { env: { SENECHAL_CONFIG: `${site.folder}/config.yaml` } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const up = await verify();
  const whole = `Every promise holds: 1 job, 1 attempt, 1 entry in ${state}\n`;
  assert.deepEqual([up.code, up.stdout, up.stderr], [0, whole, ""]);
  assert.equal(await gateway.stop(), 0);
  const backup = `${site.folder}/b.db`;
  site.query(`VACUUM INTO '${backup}'`);
  using db = new DatabaseSync(backup);
  db.exec(`UPDATE job_log SET exit_code = 1; UPDATE job_queue SET id = '${ID}', pid = 1;
    UPDATE job_log SET job_id = '${ID}'`);
  assert.equal((await verify()).code, 0);
  const down = await verify(backup);
  assert.deepEqual([down.code, down.stderr], [1, ""]);
  assert.equal(
    down.stdout,
    `queue.status: the times of a job say what its status says
  job_queue seq 1, id ${ID}: succeeded with a pid

log.verdict: what follows for a job is what \`conclude\` says of how its attempt
ended
  job_log id 1, job ${ID}: it succeeded with
    exit_code 1; expected 0

2 rows do not hold in ${backup}
`,
  );
  const json = parsePrinted("verify", (await verify(backup, "--json")).stdout);
  assert.deepEqual([json.database, json.ok, json.jobs, json.more], [backup, false, 1, 0]);
  assert.deepEqual(json.broken[1], {
    promise: "queue.status",
    table: "job_queue",
    key: `seq 1, id ${ID}`,
    what: "succeeded with a pid",
    why: "the times of a job say what its status says",
  });
});

const unusable: readonly (readonly [what: string, sql: string, said: RegExp])[] = [
  ["of another program", "PRAGMA application_id = 7", /: it belongs to another program; /],
  [
    "of a later version",
    "PRAGMA user_version = 99",
    /: its tables are version 99, .*newer senechal-gw/,
  ],
  [
    "of an earlier version",
    "PRAGMA user_version = 1",
    /: its tables are version 1, .*start the gateway/,
  ],
];
Deno.test("verify refuses a file that it cannot judge in one line", async () => {
  await using site = createSite({ it: OK });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  for (const [what, sql, said] of unusable) {
    const path = `${site.folder}/${what}`;
    site.query(`VACUUM INTO '${path}'`);
    using db = new DatabaseSync(path);
    db.exec(sql);
    const { code, stdout, stderr } = await runProgram(["verify", path]);
    assert.deepEqual([code, stdout], [1, ""], what);
    assert.match(stderr, said);
  }
  const none = await runProgram(["verify", `${site.folder}/none`]);
  assert.match(none.stderr, /^Cannot verify .*none: there is no such file\n$/);
});

const finding = (n: number, changes: Partial<Finding> = {}): Finding => ({
  promise: "log.job",
  table: "job_log",
  key: `id ${n}, job ${ID}`,
  what: "its job is not in job_queue",
  ...changes,
});

function verifiedOf(changes: Partial<Verified>): Verified {
  const none = { shown: [], more: 0 };
  return { jobs: 2, attempts: 3, entries: 4, broken: none, notes: none, ...changes };
}

Deno.test("a person reads twenty findings, how many more there are, and the notes; no id is broken", () => {
  const shown = Array.from({ length: 25 }, (_, n) => finding(n));
  const note = finding(9, { promise: "clock.order", what: "a\u001b[31m".padEnd(90, "x") });
  const verified = verifiedOf({
    broken: { shown, more: 7 },
    notes: { shown: [note], more: 0 },
  });
  for (const columns of [80, 120]) {
    const text = renderVerified(verified, "/state.db", { columns, useColors: false });
    assert.equal(text.match(/its job is not in/g)?.length, 20);
    assert.match(text, /\n\nand 12 more\n\nclock\.order: /);
    assert.match(text, /:\n? +a\\u001b\[31mx+\n\n32 rows do not hold in \/state\.db$/);
    assert.equal(text.match(new RegExp(ID, "g"))?.length, 21);
    const long = text.split("\n").filter((line) => line.length > columns && !line.includes("xxx"));
    assert.deepEqual(long, []);
  }
});

Deno.test("one finding is one row, and colours are for terminals", () => {
  const one = verifiedOf({ broken: { shown: [finding(1)], more: 0 } });
  const text = renderVerified(one, "/s", { columns: 80, useColors: true });
  assert.ok(text.endsWith("\u001b[31m1 row does not hold in /s\u001b[0m"), text);
  const well = renderVerified(verifiedOf({}), "/s", { columns: 80, useColors: true });
  assert.equal(well, "\u001b[32mEvery promise holds: 2 jobs, 3 attempts, 4 entries in /s\u001b[0m");
});

/** What verify says of a job without its attempt, at two widths. */
const GOLDEN: Readonly<Record<number, string>> = {
  80: `log.final: a finished job has one final attempt, its last one; any other job has
none
  job_queue seq 1, id ${ID}: succeeded, but
    job_log has no final attempt of it

1 row does not hold in b.db
`,
  120: `log.final: a finished job has one final attempt, its last one; any other job has none
  job_queue seq 1, id ${ID}: succeeded, but job_log has no final attempt of it

1 row does not hold in b.db
`,
};

/** A backup in which a job lacks its attempt. */
async function createBroken() {
  const site = createSite({ it: OK });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  assert.equal(await gateway.stop(), 0);
  site.query(`VACUUM INTO '${site.folder}/b.db'`);
  using db = new DatabaseSync(`${site.folder}/b.db`);
  db.exec(`UPDATE job_queue SET id = '${ID}'; DELETE FROM job_log; DELETE FROM totals;
    DELETE FROM health`);
  return site;
}

Deno.test("verify is as wide as a pipe's reader says, and breaks no line in an id", async () => {
  await using site = await createBroken();
  for (const [columns, golden] of Object.entries(GOLDEN)) {
    const env = { COLUMNS: columns };
    const { code, stdout } = await runProgram(["verify", "b.db"], { cwd: site.folder, env });
    assert.deepEqual([code, stdout.replace(`${site.folder}/`, "")], [1, golden]);
  }
});

Deno.test({
  name: "verify is coloured on a terminal, unless NO_COLOR is set, and as wide as it",
  ignore: skipWhere(missing("script"), "verify on a terminal"),
  async fn() {
    await using site = await createBroken();
    const command = [Deno.execPath(), ...PROGRAM, "verify", "b.db"].join(" ");
    for (const [columns, golden] of Object.entries(GOLDEN)) {
      for (const set of ["", "NO_COLOR=1"]) {
        const line = `stty cols ${columns}; unset COLUMNS NO_COLOR; ${set} exec ${command}`;
        const { stdout } = await run("script", ["-qec", line, "/dev/null"], { cwd: site.folder });
        const last = "1 row does not hold in b.db";
        const painted = set === "" ? golden.replace(last, `\x1b[31m${last}\x1b[0m`) : golden;
        assert.equal(stdout.replaceAll("\r", "").replace(`${site.folder}/`, ""), painted);
      }
    }
  },
});
