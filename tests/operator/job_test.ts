import assert from "node:assert/strict";
import { findJob } from "../../src/operator/job_id.ts";
import { renderJob } from "../../src/operator/job.ts";
import { readAttempts } from "../../src/reader/attempts.ts";
import { readHistory, writeHistory, type WrittenJob } from "../support/history.ts";
import { parsePrinted } from "../support/printed.ts";
import { runProgram } from "../support/program.ts";
import { jobsAt } from "../support/sample_jobs.ts";
import { createSite } from "../support/site.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

function show(id: string, jobs = jobsAt(NOW)): readonly string[] {
  return readHistory([], jobs, (reader) => {
    const found = findJob(reader, id);
    assert.ok(found.ok);
    const screen = { columns: 80, useColors: false, now: NOW };
    return renderJob(found.job, readAttempts(reader, found.job), screen).split("\n");
  });
}

Deno.test("job shows a job with its attempts and what its plugin wrote, line by line", () => {
  const error = [
    "  error:",
    "    connection refused by calendar.example.org \\u001b[2J(203.0.113.7)",
    "    port 443",
  ];
  assert.deepEqual(show("1a1b2c3d-0"), [
    "job     1a1b2c3d-0000",
    "entry   calendar",
    "command poll",
    "status  failed at attempt 2 of 4",
    "due     Mon 09:00 (27 h ago)",
    "queued  Mon 09:00 (27 h ago), by scheduler",
    "ended   08:54 (3 h ago)",
    "error   connection refused by calendar.example.org \\u001b[2J(203.0.113.7)\\u000aport 443",
    "",
    "attempt 1  08:00 (4 h ago)  failed after 1 s (error), next try 08:54",
    ...error,
    "",
    "attempt 2  08:54 (3 h ago)  failed after 61 s (error)",
    ...error,
    "  stderr:",
    "    one",
    "    \ttwo\\u0007",
  ]);
});

Deno.test("job says since when a job runs, when it is tried again, or that it is due", () => {
  const status = (id: string) => show(id).find((line) => line.startsWith("status"))?.slice(8);
  assert.equal(status("4"), "running, attempt 1 of 4 since 11:54 (5 min ago), pid 4711");
  assert.equal(status("3"), "queued, attempt 1 of 4 is due");
  assert.equal(status("2"), "queued, attempt 2 of 4 at 12:10 (in 10 min)");
  assert.equal(status("0"), "succeeded at attempt 1 of 4");
  assert.ok(show("4").includes('payload {"a": "\\u202e"}'));
  assert.ok(!show("3").some((line) => line.startsWith("payload")));
});

Deno.test("job shows how an attempt ended, and the answer of one that failed", () => {
  const ended = (changes: object) => {
    const attempts = [{ status: "failed", endedAt: NOW, ...changes } as const];
    const jobs: WrittenJob[] = [{ id: "a", status: "failed", createdAt: NOW, attempts }];
    const lines = show("a", jobs);
    return lines.slice(lines.findIndex((line) => line.startsWith("attempt")))
      .map((line) => line.replace("attempt 1  12:00:00 (now)  failed after 1 s", "...")).join("\n");
  };
  assert.equal(ended({ reason: "exit", exitCode: 3 }), "... (exit code 3)");
  assert.equal(ended({ reason: "exit", signal: "SIGSEGV" }), "... (exit, SIGSEGV)");
  assert.equal(ended({ reason: "timeout", signal: "SIGTERM" }), "... (timeout, SIGTERM)");
  assert.equal(
    ended({ reason: "protocol", exitCode: 0, stdout: "hi" }),
    "... (protocol)\n  answer: hi",
  );
  assert.equal(ended({ stdout: "a\r\nb\rc\n" }), "...\n  answer:\n    a\n    b\\u000dc");
});

/** A site whose database holds the sample jobs, without a gateway. */
function createPast(jobs = jobsAt(Date.now())) {
  const site = createSite({ mail: { script: "" } });
  writeHistory(`${site.folder}/data/state.db`, ["mail"], jobs);
  return site;
}

Deno.test("job --json gives the job, its payload and its attempts with all that was written", async () => {
  const now = Date.now();
  await using site = createPast(jobsAt(now));
  const json = async (id: string) => {
    const { code, stdout } = await runProgram(["job", id, "--json"], { cwd: site.folder });
    assert.equal(code, 0);
    return parsePrinted("job", stdout);
  };
  const { job, attempts } = await json("1a1b2c3d-0");
  assert.deepEqual([job.id, job.status, job.payload], ["1a1b2c3d-0000", "failed", {}]);
  assert.equal(attempts.length, 2);
  assert.deepEqual(attempts[1], {
    ...{ job_id: "1a1b2c3d-0000", entry: "calendar", command: "poll", status: "failed" },
    ...{ reason: "error", attempt: 2, duration_ms: 61_000, exit_code: null, signal: null },
    error: "connection refused by calendar.example.org \x1b[2J(203.0.113.7)\nport 443",
    started_at: new Date(now - 3.1 * 3_600_000 - 61_000).toISOString(),
    ended_at: new Date(now - 3.1 * 3_600_000).toISOString(),
    ...{ retry_at: null, stderr: "one\n\ttwo\x07\n", stdout: null },
  });
  const running = await json("4a1b2c3d-0000");
  assert.deepEqual(running.job.payload, { a: "\u202e" });
  assert.deepEqual([running.job.pid, running.attempts], [4711, []]);
});

const mistakes: readonly (readonly [id: string, error: readonly string[]])[] = [
  ["1a1b2c3d", [
    "error: several jobs begin with '1a1b2c3d'",
    "  1a1b2c3d-0000  failed  calendar",
    "  1a1b2c3d-1000  dead  backup_of_the_photos",
  ]],
  ["4a1b2c3e", ["error: no job begins with '4a1b2c3e', did you mean '4a1b2c3d'?"]],
  ["1a1b2c3d-2", [
    "error: no job begins with '1a1b2c3d-2', did you mean '1a1b2c3d-0' or '1a1b2c3d-1'?",
  ]],
  ["x\x1b", ["error: no job begins with 'x\\u001b'; senechal-gw jobs lists them"]],
  ["mail", ["error: mail is an entry; senechal-gw jobs --plugin mail lists its jobs"]],
];
for (const [id, error] of mistakes) {
  Deno.test(`job ${JSON.stringify(id)} exits with 2 and says which job was meant`, async () => {
    await using site = createPast();
    const { code, stdout, stderr } = await runProgram(["job", id], { cwd: site.folder });
    assert.deepEqual([code, stdout, stderr.trimEnd().split("\n")], [2, "", error]);
  });
}

Deno.test("a whole id is never ambiguous, and no candidate controls the terminal", () => {
  const jobs = ["a", "ab", "b\x1b1", "b2"].map((id): WrittenJob => (
    { id, status: "queued", createdAt: 0 }
  ));
  readHistory([], jobs, (reader) => {
    const found = findJob(reader, "a");
    assert.deepEqual(found.ok && found.job.id, "a");
    const several = findJob(reader, "b");
    assert.deepEqual(!several.ok && several.error.split("\n"), [
      "error: several jobs begin with 'b'",
      "  b\\u001b1  queued  mail",
      "  b2  queued  mail",
    ]);
  });
});

Deno.test("many jobs that begin alike are not all listed", async () => {
  const many = Array.from(
    { length: 30 },
    (_, n): WrittenJob => ({ id: `a${n + 10}`, status: "queued", createdAt: 0 }),
  );
  await using site = createPast(many);
  const { stderr } = await runProgram(["job", "a"], { cwd: site.folder });
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 12);
  assert.deepEqual(lines.slice(-2), ["  a19  queued  mail", "  and others"]);
});

Deno.test("64 KiB of stderr are printed whole, in job and in log", async () => {
  const lines = Array.from({ length: 1_024 }, (_, n) => `${n}`.padEnd(63, "x"));
  const stderr = `${lines.join("\n")}\n`;
  assert.equal(stderr.length, 64 * 1024);
  const attempts = [{ endedAt: Date.now(), stderr }];
  await using site = createPast([{ id: "a", status: "succeeded", createdAt: 0, attempts }]);
  for (const args of [["job", "a"], ["log"]]) {
    const { code, stdout } = await runProgram(args, { cwd: site.folder });
    assert.equal(code, 0);
    const shown = stdout.split("\n").filter((line) => line.startsWith("    "));
    assert.deepEqual(shown, lines.map((line) => `    ${line}`));
  }
  const { stdout } = await runProgram(["job", "a", "--json"], { cwd: site.folder });
  assert.equal(parsePrinted("job", stdout).attempts[0].stderr, stderr);
});
