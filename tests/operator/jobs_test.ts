import assert from "node:assert/strict";
import { renderJobs } from "../../src/operator/jobs.ts";
import { listJobs } from "../../src/reader/job_list.ts";
import { shortenIds } from "../../src/reader/jobs.ts";
import { readState } from "../../src/reader/reader.ts";
import { readHistory, writeHistory } from "../support/history.ts";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { jobsAt } from "../support/sample_jobs.ts";
import { createSite } from "../support/site.ts";
import { missing, run, skipWhere } from "../support/tools.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

function show(columns: number): string {
  return readHistory(["mail"], jobsAt(NOW), (reader) => {
    const jobs = listJobs(reader, { states: [], limit: 20 });
    const ids = shortenIds(reader, jobs.map(({ id }) => id));
    return renderJobs(jobs, ids, { columns, useColors: false, now: NOW });
  });
}

Deno.test("jobs fits into 80 columns, with ids as short as they are unique", () => {
  assert.deepEqual(show(80).split("\n"), [
    "JOB         ENTRY                 STATUS     WHEN         TOOK  NOTE",
    "4a1b2c3d    calendar              running    5 min ago   5 min",
    "3a1b2c3d    weather               queued     due",
    "2a1b2c3d    mail                  queued     in 10 min          try 2/4, connec…",
    "1a1b2c3d-1  backup_of_the_photos  dead       2 h ago       1 s  crash",
    "1a1b2c3d-0  calendar              failed     3 h ago      61 s  try 2/4, connec…",
    "0a1b2c3d    weather               succeeded  26 h ago   350 ms",
  ]);
});

Deno.test("jobs shows more in 120 columns", () => {
  assert.deepEqual(show(120).split("\n"), [
    "JOB         ENTRY                 STATUS     WHEN                    TOOK  NOTE",
    "4a1b2c3d    calendar              running    11:54 (5 min ago)      5 min",
    "3a1b2c3d    weather               queued     due",
    "2a1b2c3d    mail                  queued     12:10 (in 10 min)             " +
    "try 2/4, connection refused by calendar.exam…",
    "1a1b2c3d-1  backup_of_the_photos  dead       09:54 (2 h ago)          1 s  crash",
    "1a1b2c3d-0  calendar              failed     08:54 (3 h ago)         61 s  " +
    "try 2/4, connection refused by calendar.exam…",
    "0a1b2c3d    weather               succeeded  Mon 09:59 (26 h ago)  350 ms",
  ]);
});

Deno.test("a job of another command says which, and one that nobody can read is shown", () => {
  const text = readHistory([], jobsAt(NOW), (reader) => {
    const [job] = listJobs(reader, { states: ["failed"], limit: 1 });
    assert.ok(job);
    const odd = { ...job, command: "handle", attempt: 1, completedAt: NaN, durationMs: NaN };
    return renderJobs([odd], new Map(), { columns: 200, useColors: false, now: NOW });
  });
  const error = "connection refused by calendar.example.org \\u001b[2J(203.0.113.7)\\u000aport 443";
  assert.equal(
    text.split("\n")[1],
    `1a1b2c3d-0000  calendar  failed  ?        ?  handle, ${error}`,
  );
});

/** A site whose database holds the sample jobs, without a gateway. */
function createPast(now: number) {
  const site = createSite({ mail: { script: "" } });
  writeHistory(`${site.folder}/data/state.db`, ["calendar", "mail", "weather"], jobsAt(now));
  return site;
}

Deno.test("jobs prints the same through a pipe, at the width that COLUMNS says", async () => {
  const now = Date.now();
  await using site = createPast(now);
  for (const columns of [80, 120]) {
    const env = { COLUMNS: String(columns), TZ: "UTC" };
    const { code, stdout, stderr } = await runProgram(["jobs"], { cwd: site.folder, env });
    assert.deepEqual([code, stderr], [0, ""]);
    const expected = readState(`${site.folder}/data/state.db`, (reader) => {
      const jobs = listJobs(reader, { states: [], limit: 20 });
      const ids = shortenIds(reader, jobs.map(({ id }) => id));
      return renderJobs(jobs, ids, { columns, useColors: false, now });
    });
    assert.equal(stdout, `${expected}\n`);
    for (const line of stdout.split("\n")) assert.ok(line.length <= columns, line);
  }
});

Deno.test({
  name: "jobs is coloured on a terminal, unless NO_COLOR is set, and as wide as it",
  ignore: skipWhere(missing("script"), "jobs on a terminal"),
  async fn() {
    await using site = createPast(Date.now());
    const command = [Deno.execPath(), ...PROGRAM, "jobs"].join(" ");
    const on = async (columns: number, set: string) => {
      const line = `stty cols ${columns}; unset COLUMNS NO_COLOR; ${set} exec ${command}`;
      const { stdout } = await run("script", ["-qec", line, "/dev/null"], { cwd: site.folder });
      return stdout;
    };
    const narrow = await on(80, "");
    assert.ok(narrow.includes("\x1b[31mfailed\x1b[0m"));
    assert.ok(narrow.includes("\x1b[32msucceeded\x1b[0m"));
    // deno-lint-ignore no-control-regex -- what a terminal takes as a colour
    const plain = narrow.replace(/\x1b\[\d+m/g, "").split("\r\n");
    assert.ok(plain.every((line) => line.length <= 80 && !line.includes("\x1b")));
    assert.ok(plain.some((line) => line.length === 80));
    const wide = await on(120, "NO_COLOR=1");
    assert.ok(!wide.includes("\x1b"));
    assert.ok(wide.split("\r\n").some((line) => line.length === 120));
  },
});

Deno.test("jobs takes an entry, states, a time and a number", async () => {
  const now = Date.now();
  await using site = createPast(now);
  const ids = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(["jobs", "--json", ...args], {
      cwd: site.folder,
      env: { TZ: "Asia/Tokyo" },
    });
    assert.equal(code, 0, stderr);
    return parsePrinted("jobs", stdout).jobs.map(({ id }: { id: string }) => id.slice(0, 10));
  };
  assert.deepEqual(await ids("--last", "2"), ["4a1b2c3d-0", "3a1b2c3d-0"]);
  assert.deepEqual(await ids("--plugin", "calendar"), ["4a1b2c3d-0", "1a1b2c3d-0"]);
  const bad = ["1a1b2c3d-1", "1a1b2c3d-0"];
  assert.deepEqual(await ids("--status", "failed,dead"), bad);
  assert.deepEqual(await ids("--status", "failed", "--status", "dead", "--since", "4h"), bad);
  assert.deepEqual(await ids("--status", "failed,dead", "--since", "3h"), ["1a1b2c3d-1"]);
  const local = new Date(now - 3 * 3_600_000 + 9 * 3_600_000).toISOString().slice(0, 19);
  assert.deepEqual(await ids("--status", "failed,dead", "--since", local), ["1a1b2c3d-1"]);
  assert.deepEqual(await ids("--status", "succeeded", "--since", "1d"), []);
});

Deno.test("a date without a time zone is one of this machine", async () => {
  await using site = createSite({ mail: { script: "" } });
  const endedAt = Date.UTC(2026, 0, 15, 20, 0, 0); // the 16th in Tokyo
  writeHistory(`${site.folder}/data/state.db`, ["mail"], [
    { id: "a", status: "succeeded", createdAt: endedAt, attempts: [{ endedAt }] },
  ]);
  const list = async (since: string, TZ: string) => {
    const args = ["jobs", "--json", "--since", since];
    const { stdout } = await runProgram(args, { cwd: site.folder, env: { TZ } });
    return parsePrinted("jobs", stdout).jobs.length;
  };
  assert.equal(await list("2026-01-16", "Asia/Tokyo"), 1);
  assert.equal(await list("2026-01-16", "UTC"), 0);
  assert.equal(await list("2026-01-16 05:00", "Asia/Tokyo"), 1);
  assert.equal(await list("2026-01-16T05:01", "Asia/Tokyo"), 0);
  assert.equal(await list("2026-01-15T20:00Z", "Asia/Tokyo"), 1);
});

Deno.test("jobs --json gives each field of a job", async () => {
  const now = Date.now();
  await using site = createPast(now);
  const { stdout } = await runProgram(["jobs", "--json"], { cwd: site.folder });
  const { jobs } = parsePrinted("jobs", stdout);
  const iso = (ms: number) => new Date(ms).toISOString();
  assert.deepEqual(jobs[0], {
    ...{ id: "4a1b2c3d-0000", entry: "calendar", command: "poll", status: "running", error: null },
    ...{ attempt: 1, max_attempts: 4, submitted_by: "scheduler" },
    ...{ created_at: iso(now - 27 * 3_600_000), due_at: iso(now - 27 * 3_600_000) },
    ...{ not_before: null, started_at: iso(now - 306_000), ended_at: null, pid: 4711 },
    ...{ reason: null, duration_ms: null },
  });
  assert.deepEqual(
    [jobs[2].not_before, jobs[4].reason, jobs[4].duration_ms, jobs[4].ended_at],
    [iso(now + 612_000), "error", 61_000, iso(now - 3.1 * 3_600_000)],
  );
});

const mistakes: readonly (readonly [args: readonly string[], error: string])[] = [
  [["--plugin", "calender"], "error: unknown entry 'calender', did you mean 'calendar'?\n"],
  [
    ["--status", "faild"],
    "error: invalid --status 'faild': use queued, running, succeeded, failed, dead; " +
    "did you mean 'failed'?\nTry senechal-gw jobs --help\n",
  ],
  [
    ["--last", "0"],
    "error: invalid --last '0': write a whole number from 1 to 100000\n" +
    "Try senechal-gw jobs --help\n",
  ],
  [
    ["--since", "yesterday"],
    "error: invalid --since 'yesterday': write it as 2h, 1d, 2026-01-31 or 2026-01-31T07:30\n" +
    "Try senechal-gw jobs --help\n",
  ],
];
for (const [args, error] of mistakes) {
  Deno.test(`jobs ${args.join(" ")} exits with 2 and says what to do`, async () => {
    await using site = createPast(Date.now());
    const { code, stdout, stderr } = await runProgram(["jobs", ...args], { cwd: site.folder });
    assert.deepEqual([code, stdout, stderr], [2, "", error]);
  });
}

Deno.test("jobs of an entry that the config no longer has are listed", async () => {
  await using site = createPast(Date.now());
  const args = ["jobs", "--plugin", "backup_of_the_photos"];
  const { code, stdout } = await runProgram(args, { cwd: site.folder });
  assert.equal(code, 0);
  assert.match(stdout, /^1a1b2c3d-1 {2}backup_of_the_photos {2}dead/m);
});

Deno.test("if no job matches, jobs says so and exits with 0", async () => {
  await using site = createPast(Date.now());
  const args = ["jobs", "--plugin", "mail", "--status", "succeeded"];
  const { code, stdout } = await runProgram(args, { cwd: site.folder });
  assert.deepEqual([code, stdout], [0, "no jobs\n"]);
});
