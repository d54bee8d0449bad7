import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { renderLog } from "../../src/operator/log.ts";
import { findSource, readNews, readPage } from "../../src/operator/log_source.ts";
import { readJob } from "../../src/reader/jobs.ts";
import { createReader } from "../../src/reader/reader.ts";
import {
  openHistory,
  readHistory,
  writeHistory,
  writeJob,
  type WrittenJob,
} from "../support/history.ts";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { jobsAt } from "../support/sample_jobs.ts";
import { createSite } from "../support/site.ts";
import { isAlive, until } from "../support/wait.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const SCREEN = { columns: 80, useColors: false, now: NOW };

/** What `log WORD` shows. */
function show(word: string | undefined, last: number, lastFailure = false): readonly string[] {
  return readHistory(["calendar", "mail"], jobsAt(NOW), (reader) => {
    const found = findSource(reader, word);
    assert.ok(found.ok);
    const page = readPage(reader, found.source, { last, lastFailure });
    return renderLog(page, SCREEN, { lastFailure }).join("\n").split("\n");
  });
}

const REFUSED = [
  "  error:",
  "    connection refused by calendar.example.org \\u001b[2J(203.0.113.7)",
  "    port 443",
];

Deno.test("log shows the last attempts, the newest last, with errors and stderr in lines of their own", () => {
  assert.deepEqual(show(undefined, 3), [
    "08:54 (3 h ago)  calendar  failed after 61 s (error)  1a1b2c3d-0",
    ...REFUSED,
    "  stderr:",
    "    one",
    "    \ttwo\\u0007",
    "09:54 (2 h ago)  backup_of_the_photos  dead (interrupted)  1a1b2c3d-1",
    "  error: crash",
    "11:59:00 (60 s ago)  mail  failed after 1 s (error), next try 12:10  2a1b2c3d",
    ...REFUSED,
  ]);
});

Deno.test("log shows the attempts of an entry or of a job", () => {
  const titles = (word: string, last = 9) =>
    show(word, last).filter((line) => !line.startsWith(" ")).map((line) => line.split("  ")[2]);
  const both = ["failed after 1 s (error), next try 08:54", "failed after 61 s (error)"];
  assert.deepEqual(titles("calendar"), both);
  assert.deepEqual(titles("1a1b2c3d-0"), both);
  assert.deepEqual(titles("1a1b2c3d-0", 1), both.slice(1));
  assert.deepEqual(titles("0a"), ["succeeded after 350 ms"]);
});

Deno.test("the last failure of an entry, of a job, or of all entries is shown with its answer", () => {
  const failed = { status: "failed", reason: "protocol", stdout: "<html>\n" } as const;
  const jobs: WrittenJob[] = [
    {
      id: "a",
      status: "failed",
      createdAt: NOW,
      attempts: [
        { ...failed, endedAt: NOW - 9_000, retryAt: NOW - 8_000, stdout: "first" },
        { ...failed, endedAt: NOW - 7_000 },
      ],
    },
    {
      id: "b",
      plugin: "web",
      status: "dead",
      createdAt: NOW,
      attempts: [
        { ...failed, endedAt: NOW - 6_000, retryAt: NOW - 5_500, stdout: "web" },
        { status: "dead", reason: "interrupted", endedAt: NOW - 5_000 },
      ],
    },
    { id: "c", status: "succeeded", createdAt: NOW, attempts: [{ endedAt: NOW - 4_000 }] },
  ];
  const failure = (word: string | undefined) =>
    readHistory(["mail", "web"], jobs, (reader) => {
      const found = findSource(reader, word);
      assert.ok(found.ok);
      const page = readPage(reader, found.source, { last: 20, lastFailure: true });
      return renderLog(page, SCREEN, { lastFailure: true });
    });
  const last = ["11:59:53 (7 s ago)  mail  failed after 1 s (protocol)  a", "  answer: <html>"];
  assert.deepEqual(failure("mail"), last);
  assert.deepEqual(failure("a"), failure("mail"));
  assert.match(failure(undefined).join("\n"), /web {2}dead \(interrupted\)/);
  assert.deepEqual(failure("c"), []);
});

/** A site whose database holds the sample jobs, without a gateway. */
function createPast() {
  const site = createSite({ mail: { script: "" } });
  const names = ["calendar", "mail", "weather"];
  writeHistory(`${site.folder}/data/state.db`, names, jobsAt(Date.now()));
  return site;
}

Deno.test("log prints the same as a program reads it, and says if there is nothing", async () => {
  await using site = createPast();
  const ran = async (...args: readonly string[]) =>
    await runProgram(["log", ...args], { cwd: site.folder });
  const text = await ran("calendar", "--last-failure");
  assert.equal(text.code, 0);
  assert.match(text.stdout, /^.* {2}calendar {2}failed after 61 s \(error\) {2}1a1b2c3d-0\n/);
  const json = await ran("calendar", "--json", "--last", "1");
  const { attempts } = parsePrinted("log", json.stdout);
  assert.deepEqual(
    attempts.map(({ job_id, stderr }: Record<string, unknown>) => [job_id, stderr]),
    [["1a1b2c3d-0000", "one\n\ttwo\x07\n"]],
  );
  assert.equal((await ran("weather", "--last-failure")).stdout, "no failure is kept\n");
  site.execute("DELETE FROM job_log");
  assert.equal((await ran()).stdout, "no attempt has ended yet\n");
  assert.deepEqual(parsePrinted("log", (await ran("--json")).stdout), { attempts: [] });
});

const mistakes: readonly (readonly [word: string, error: string])[] = [
  ["calender", "error: unknown entry 'calender', did you mean 'calendar'?"],
  ["4a1b2c3e", "error: no job begins with '4a1b2c3e', did you mean '4a1b2c3d'?"],
  ["1a1b2c3d", "error: several jobs begin with '1a1b2c3d'"],
];
for (const [word, error] of mistakes) {
  Deno.test(`log ${word} exits with 2 and says what was meant`, async () => {
    await using site = createPast();
    const { code, stdout, stderr } = await runProgram(["log", word], { cwd: site.folder });
    assert.deepEqual([code, stdout, stderr.split("\n")[0]], [2, "", error]);
  });
}

Deno.test("what follows is read once, in its order, also after the table was emptied", () => {
  using db = openHistory();
  const reader = createReader(db);
  const add = (id: string, plugin: string) =>
    writeJob(db, { id, plugin, status: "succeeded", createdAt: 0, attempts: [{ endedAt: 0 }] });
  const ids = (row: bigint, plugin?: string) => {
    const page = readNews(reader, plugin === undefined ? {} : { plugin }, row);
    return [page.attempts.map(({ jobId }) => jobId).join(" "), page.row, page.hasMore];
  };
  assert.deepEqual(ids(0n), ["", 0n, false]);
  add("a", "mail");
  add("b", "web");
  assert.deepEqual(ids(0n), ["a b", 2n, false]);
  assert.deepEqual(ids(0n, "web"), ["b", 2n, false]);
  assert.deepEqual(ids(1n, "mail"), ["", 2n, false]);
  const job = readJob(reader, "a");
  assert.ok(job);
  const ofJob = readNews(reader, { plugin: "mail", job }, 0n);
  add("after-a", "mail");
  assert.deepEqual(readNews(reader, { plugin: "mail", job }, 0n).attempts, ofJob.attempts);
  db.exec("DELETE FROM job_log; DELETE FROM job_queue");
  assert.deepEqual(ids(2n), ["", 0n, false]);
  for (let n = 0; n < 150; n++) add(`c${n}`, "mail");
  const first = readNews(reader, {}, 0n);
  assert.deepEqual([first.attempts.length, first.row, first.hasMore], [100, 100n, true]);
  const second = readNews(reader, {}, first.row);
  assert.deepEqual([second.attempts.length, second.row, second.hasMore], [50, 150n, false]);
});

/** Starts `log -f` with `args`, and collects what it says. */
function startFollowing(folder: string, ...args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "log", "-f", ...args],
    cwd: folder,
    env: { NO_COLOR: "1", TZ: "UTC" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const collect = (stream: ReadableStream<Uint8Array>) => {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    const said = { text: "", cancel: () => reader.cancel(), ended: Promise.resolve() };
    said.ended = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        said.text += read.value;
      }
    })();
    return said;
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const has = (said: { text: string }, part: string, times = 1) =>
    until(`"${part}"`, () => said.text.split(part).length > times, () => stdout.text + stderr.text);
  return {
    ...{ child, stdout, stderr, has },
    /** How it ended. */
    async end() {
      const status = await child.status;
      await Promise.all([stdout.ended, stderr.ended]);
      return status;
    },
  };
}

Deno.test("log -f shows what a gateway's plugins write, holds nothing open, and ends on ctrl-C", async () => {
  const script = `#!/bin/bash\necho hello >&2; echo '{"status":"ok"}'\n`;
  await using site = createSite({ mail: { script, entry: "{ schedule: { every: 1s } }" } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const following = startFollowing(site.folder, "mail", "--last", "1");
  await following.has(following.stdout, "stderr: hello", 3);
  const isClosed = () => {
    const fds = `/proc/${following.child.pid}/fd`;
    return [...Deno.readDirSync(fds)].every(({ name }) =>
      !Deno.readLinkSync(`${fds}/${name}`).includes("state.db")
    );
  };
  if (Deno.build.os === "linux") await until("a closed database", isClosed);
  following.child.kill("SIGINT");
  const { signal } = await following.end();
  assert.deepEqual([signal, following.stderr.text], ["SIGINT", ""]);
  const [title, words] = following.stdout.text.split("\n");
  assert.match(title ?? "", /^\d\d:\d\d:\d\d {2}mail {2}succeeded after .* {2}\w{8}$/);
  assert.equal(words, "  stderr: hello");
  assert.equal(await gateway.stop(), 0);
});

Deno.test({
  name: "a reader who never scrolls holds up no checkpoint",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using site = createSite({ mail: { script: "" } });
    const path = `${site.folder}/data/state.db`;
    const attempts = [{ endedAt: NOW, stderr: "x".repeat(64 * 1024) }];
    const jobs = Array.from(
      { length: 20 },
      (_, n): WrittenJob => ({ id: `j${n}`, status: "succeeded", createdAt: 0, attempts }),
    );
    writeHistory(path, ["mail"], jobs);
    const child = new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, "log"],
      cwd: site.folder,
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read(); // more than a pipe holds is left
    using db = new DatabaseSync(path, { timeout: 5_000 });
    writeJob(db, { id: "next", status: "queued", createdAt: 0 });
    const checkpoint = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    assert.deepEqual({ ...checkpoint }, { busy: 0, log: 0, checkpointed: 0 });
    assert.ok(isAlive(child.pid));
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
  },
});

Deno.test("log -f outlives the database, and ends when nobody reads it any more", async () => {
  await using site = createPast();
  const path = `${site.folder}/data/state.db`;
  const following = startFollowing(site.folder, "--json", "--last", "1");
  await following.has(following.stdout, "2a1b2c3d");
  Deno.renameSync(path, `${path}.away`);
  await following.has(following.stderr, "it is not there");
  Deno.renameSync(`${path}.away`, path);
  const add = (id: string) => {
    using db = new DatabaseSync(path, { timeout: 5_000 });
    const attempts = [{ endedAt: Date.now(), stderr: "more" }];
    writeJob(db, { id, status: "succeeded", createdAt: 0, attempts });
  };
  add("next");
  await following.has(following.stdout, '"next"');
  const attempts = following.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(parsePrinted("log", JSON.stringify({ attempts })).attempts.length, 2);
  await following.stdout.cancel();
  add("unread");
  const { code } = await following.end();
  assert.equal(code, 0);
  assert.equal(following.stderr.text.split("it is not there").length, 2, "said once");
});
