import assert from "node:assert/strict";
import { afterJob, UNTRIED } from "../../src/core/breaker.ts";
import { renderStatus } from "../../src/operator/status.ts";
import { isWell } from "../../src/operator/status_summary.ts";
import { readLately } from "../../src/reader/attempts.ts";
import { readNext } from "../../src/reader/next.ts";
import { readState } from "../../src/reader/reader.ts";
import { readStatus } from "../../src/reader/status.ts";
import type { Store } from "../../src/store/store.ts";
import { attemptOf, claimJob, enqueueJob, failure } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";
import { parsePrinted } from "../support/printed.ts";
import { createSite } from "../support/site.ts";
import { missing, run, skipWhere } from "../support/tools.ts";
import { PROGRAM, runProgram } from "../support/program.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SETTINGS = {
  ...{ entrypoint: "/plugins/x/run.sh", commands: ["poll"], timeoutsMs: { poll: MINUTE } },
  ...{ maxAttempts: 4, env: [], secretState: [] },
};

function enabled(name: string, settings: object = {}, everyMs = 5 * MINUTE) {
  return {
    name,
    status: "enabled",
    folder: `/plugins/${name}`,
    schedule: JSON.stringify({ everyMs, jitterMs: MINUTE }),
    settings: JSON.stringify({ ...SETTINGS, ...settings }),
  } as const;
}

/** Lets a job of an entry end as the dispatcher would store it. */
function endJob(store: Store, plugin: string, startedAt: number, durationMs: number, ok: boolean) {
  const job = claimJob(store, { plugin, now: startedAt });
  const endedAt = startedAt + durationMs;
  const ending = { ...failure("error"), error: "connection refused by calendar.example.org" };
  const attempt = attemptOf(job, { endedAt, durationMs, ...(!ok && { ending }) });
  const verdict = { status: ok ? "succeeded" : "failed" } as const;
  store.jobs.settle(attempt, verdict);
  store.attempts.add(attempt, verdict);
  store.healths.write(plugin, "poll", afterJob(store.healths.read(plugin, "poll"), ok, endedAt));
}

function plan(store: Store, plugin: string, nextRunAt: number, everyMs = 5 * MINUTE) {
  const common = { lastRunAt: nextRunAt - everyMs, everyMs, jitterMs: MINUTE };
  store.plans.write({ plugin, nextRunAt, ...common });
}

const SERVICE = {
  ...{ version: "0.1.0", config: "/etc/senechal/config.yaml", name: "home", maxRunning: 4 },
  ...{ tickIntervalMs: MINUTE, pools: {}, shutdownGraceMs: 30_000, jobLogRetentionMs: HOUR },
};

/** A gateway with an entry in every condition. */
function fill(store: Store, tickAt = NOW - 20_000) {
  const life = { pid: 4711, boot: undefined, startedAt: NOW - 50 * HOUR, tickAt };
  store.heartbeats.beat(life, { settings: JSON.stringify(SERVICE), droppedLines: 0 });
  store.entries.replace(
    [
      enabled("backup", {}, 24 * HOUR),
      enabled("calendar", { circuitBreaker: { threshold: 3, resetAfterMs: 30 * MINUTE } }),
      enabled("fresh"),
      enabled("mail", { retry: { backoffBaseMs: 30_000, backoffMaxMs: HOUR } }),
      enabled("weather"),
      { name: "old", status: "disabled" },
      { name: "typo", status: "refused", refusal: "missing", error: "there is no folder /p/typo" },
    ],
    "digest",
    NOW - 50 * HOUR,
  );
  endJob(store, "backup", NOW - 26 * HOUR, 3 * MINUTE, true);
  for (const minutes of [20, 15, 10]) endJob(store, "calendar", NOW - minutes * MINUTE, 900, false);
  endJob(store, "weather", NOW - 4 * MINUTE, 350, true);
  for (const name of ["calendar", "weather", "mail"]) plan(store, name, NOW + MINUTE);
  plan(store, "backup", NOW + 22 * HOUR, 24 * HOUR);
  claimJob(store, { plugin: "weather", now: NOW - 12_000 });
  const retried = claimJob(store, { plugin: "mail", now: NOW - MINUTE });
  const failed = attemptOf(retried, { endedAt: NOW - 50_000, ending: failure("exit") });
  const verdict = { status: "queued", nextAttempt: 2, notBefore: NOW + 10_000 } as const;
  store.jobs.settle(failed, verdict);
  store.attempts.add(failed, verdict);
}

function render(path: string, columns: number, name?: string, now = NOW): string {
  const { status, lately } = readState(path, (reader) => ({
    status: readStatus(reader, now),
    lately: name === undefined ? undefined : readLately(reader, name, now - 7 * 24 * HOUR),
  }));
  const entries = status.entries.filter(({ entry }) => name === undefined || entry.name === name);
  const place = { configPath: "/etc/senechal/config.yaml" };
  const screen = { columns, useColors: false, now };
  return renderStatus({ status: { ...status, entries }, place, isStale: false, lately }, screen);
}

Deno.test("status shows the sick first and the healthy quietly, and ends with one sentence", () => {
  using temp = openTempStore();
  fill(temp.store);
  assert.equal(
    render(temp.path, 80),
    `home, pid 4711, up 2 d (since Sun 10:00); 7 entries, 1 running, 1 queued

ENTRY     HEALTH    LAST RUN    NEXT RUN   NOTE
typo      refused   -           -          there is no folder /p/typo
calendar  failing   10 min ago  in 21 min  breaker open, 3x connection refused …
mail      retrying  50 s ago    in 10 s    it was exit
backup    ok        26 h ago    in 22 h
fresh     new       -           in 40 s
weather   ok        4 min ago   running    for 12 s
old       disabled  -           -

typo does not run: there is no folder /p/typo. Also not well: calendar`,
  );
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  assert.ok(readme.includes(render(temp.path, 80)), "the README shows it");
  assert.ok(
    render(temp.path, 120).includes(
      "\ncalendar  failing   10 min ago  in 21 min  breaker open, 3x connection refused by calendar.example.org\n",
    ),
  );
});

Deno.test("status of one entry adds its counts and durations, and says why and when it is tried again", () => {
  using temp = openTempStore();
  fill(temp.store);
  assert.equal(
    render(temp.path, 100, "calendar"),
    `home, pid 4711, up 2 d (since Sun 10:00); 1 entry, 0 running, 0 queued

calendar
  health       failing: 3 in a row since 11:40 (20 min ago), circuit breaker open
  last run     11:50 (10 min ago), failed after 900 ms (error): connection refused by calendar.exam…
  next try     12:20 (in 21 min)
  schedule     every 5m ± 30s
  settings     timeout 1m, at most 4 attempts, breaker after 3 for 30m
  last 7 days  attempts: 3 failed
  durations    median 900 ms, 95 % within 900 ms
  folder       /plugins/calendar

calendar has failed 3 times since 11:40: connection refused by calendar.example.org; next try 12:20, as its circuit breaker is open`,
  );
});

Deno.test("an entry whose last job failed is not well, also after its failures were forgotten", () => {
  using temp = openTempStore();
  fill(temp.store);
  temp.store.entries.replace([enabled("calendar"), enabled("mail")], "d", NOW);
  const failing = { failures: 2, failingSince: NOW, lastSuccessAt: undefined, lastFailureAt: NOW };
  temp.store.healths.write("mail", "poll", failing);
  const { lastFailureAt } = temp.store.healths.read("calendar", "poll");
  temp.store.healths.write("calendar", "poll", { ...UNTRIED, lastFailureAt });
  const error = "connection refused by calendar.example.org";
  const text = render(temp.path, 100);
  assert.match(text, /^mail +failing +50 s ago/m, "also while it is retried");
  assert.match(text, new RegExp(`^calendar +failing +10 min ago +in \\S+ .* ${error}$`, "m"));
  assert.ok(text.includes(`\n\ncalendar failed at 11:50: ${error}; next try `), text);
  assert.match(render(temp.path, 100, "calendar"), /^ {2}health +failing: its last job failed$/m);
});

Deno.test("no text that the gateway stored controls the terminal", () => {
  using temp = openTempStore();
  fill(temp.store);
  temp.store.entries.replace(
    [{ ...enabled("fresh"), folder: "/p\u001b[2J/\u202efresh" }],
    "d",
    NOW,
  );
  assert.match(render(temp.path, 100, "fresh"), /^ {2}folder .* \/p\\u001b\[2J\/\\u202efresh$/m);
});

Deno.test("status says that a gateway stopped, fell silent, or has never run", () => {
  using temp = openTempStore();
  assert.equal(
    render(temp.path, 80),
    "No gateway has run here yet\n\nNo gateway has run here yet: senechal-gw start",
  );
  const life = { pid: 1, boot: undefined, startedAt: NOW - HOUR, tickAt: NOW - 3 * MINUTE };
  temp.store.heartbeats.beat(life, { settings: "not JSON", droppedLines: 0 });
  assert.match(
    render(temp.path, 80),
    /\n\nThe gateway has not ticked since 11:57: it was killed, or hangs$/,
  );
  const named = JSON.stringify({ ...SERVICE, name: "\u001b[2Jhome" });
  temp.store.heartbeats.beat(life, { settings: named, droppedLines: 0 });
  assert.match(render(temp.path, 80), /^\\u001b\[2Jhome, not running; /);
  temp.store.heartbeats.stop(2, NOW);
  assert.match(render(temp.path, 80), /it was killed, or hangs$/);
  temp.store.heartbeats.stop(1, NOW);
  const text = render(temp.path, 80);
  assert.match(text, /, not running; last sign of life just now\n/);
  assert.match(text, /: it was stopped just now$/);
  temp.store.heartbeats.stop(1, NOW - 2 * MINUTE);
  assert.match(render(temp.path, 80), /The gateway is not running: it was stopped 2 min ago$/);
});

Deno.test("all is not well while the gateway has not stored what it runs", () => {
  using temp = openTempStore();
  fill(temp.store);
  temp.store.entries.replace([], "digest", NOW);
  assert.match(render(temp.path, 80), /\n\nThe gateway has not stored yet what it runs; ask again/);
  assert.equal(readState(temp.path, (reader) => isWell(readStatus(reader, NOW))), false);
});

/** The line of an entry in the table. */
function lineOf(path: string, name: string): string {
  return render(path, 120).split("\n").find((line) => line.startsWith(`${name} `)) ?? "";
}

Deno.test("what failed last stays failing after resume has forgotten the failures", () => {
  using temp = openTempStore();
  fill(temp.store);
  temp.store.healths.write("calendar", "poll", UNTRIED);
  assert.match(lineOf(temp.path, "calendar"), /^calendar +failing .* resumed, connection refused/);
  assert.match(render(temp.path, 80), /Also not well: calendar$/);
  const one = render(temp.path, 200, "calendar");
  assert.match(one, /^ {2}health +failing: its last job failed$/m);
  assert.match(one, /\n\ncalendar failed at 11:50: connection refused by .*; next try 12:01/);
});

Deno.test("a job that is queued shows, and a pause says once that it holds", () => {
  using temp = openTempStore();
  const { store } = temp;
  fill(store);
  enqueueJob(store, { plugin: "backup", now: NOW });
  assert.match(lineOf(temp.path, "backup"), / queued$/);
  assert.match(render(temp.path, 80, "backup"), /^ {2}next try +now: its job is queued$/m);
  enqueueJob(store, { plugin: "weather", now: NOW });
  assert.match(lineOf(temp.path, "weather"), / running +for 12 s, 1 queued$/);
  const pause = { pausedAt: NOW, pausedBy: "ann" };
  store.pauses.write({ ...pause, plugin: "backup", until: NOW + 10 * MINUTE });
  assert.match(lineOf(temp.path, "backup"), / in 10 min +paused until 12:10, 1 queued$/);
  store.pauses.write({ ...pause, plugin: "calendar", until: undefined });
  assert.match(lineOf(temp.path, "calendar"), / paused +breaker open, 3x/);
  const one = render(temp.path, 200, "calendar");
  assert.match(one, /^ {2}next try +after senechal-gw resume calendar$/m);
  assert.match(one, /; next try after senechal-gw resume calendar$/);
});

Deno.test("without a gateway status promises no run", () => {
  using temp = openTempStore();
  fill(temp.store);
  temp.store.heartbeats.stop(4711, NOW);
  for (const name of ["calendar", "mail", "backup", "fresh"]) {
    assert.match(lineOf(temp.path, name), /^\S+ +\S+ +(-|.* ago) +-( |$)/);
  }
  assert.doesNotMatch(render(temp.path, 200, "calendar"), /next try/);
});

Deno.test("status says of the next run what next and why say: the tick that queues it", () => {
  using temp = openTempStore();
  fill(temp.store);
  plan(temp.store, "weather", NOW + 3 * MINUTE + 1_500);
  const wanted = { entry: "calendar", until: NOW + HOUR, limit: 1, limitOfAll: 1 };
  const { status, next } = readState(temp.path, (reader) => ({
    status: readStatus(reader, NOW),
    next: readNext(reader, NOW, wanted),
  }));
  const triesOf = (name: string) =>
    status.entries.find(({ entry }) => entry.name === name)?.nextTryAt;
  assert.equal(triesOf("weather"), NOW + 3 * MINUTE + 40_000);
  assert.equal(triesOf("calendar"), next.runs[0]?.earliestAt);
});

Deno.test("fifteen healthy entries fit on one screen, and all is well", () => {
  using temp = openTempStore();
  const { store } = temp;
  fill(store);
  const names = Array.from({ length: 15 }, (_, n) => `plugin-${n + 10}`);
  store.entries.replace(names.map((name) => enabled(name)), "digest", NOW);
  for (const name of names) endJob(store, name, NOW - MINUTE, 500, true);
  const lines = render(temp.path, 80).split("\n");
  assert.ok(lines.length <= 24, lines.join("\n"));
  assert.equal(lines.at(-1), "All well");
  for (const line of lines) assert.ok(line.length <= 80, line);
});

const OK = `#!/bin/bash\necho '{"status":"ok"}'`;
const BAD = `#!/bin/bash\necho '{"status":"error","error":"\\u001b[31mno \\u202e network"}'`;

Deno.test("status of the real program: exit 0 when well, 1 when something fails or nothing runs", async () => {
  await using site = createSite({ good: { script: OK } });
  const status = (...args: readonly string[]) =>
    runProgram(["status", ...args], { cwd: site.folder });
  const before = await status();
  assert.equal(before.code, 1);
  assert.match(before.stderr, /^Cannot read database .*: it is not there; start the gateway once/);

  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const well = await status();
  assert.deepEqual([well.code, well.stderr], [0, ""]);
  assert.match(well.stdout, /^good +ok +.*\n\nAll well\n$/m);
  const json = parsePrinted("status", (await status("good", "--json")).stdout);
  assert.deepEqual([json.ok, json.gateway.life, json.gateway.pid], [true, "running", gateway.pid]);
  assert.equal(json.lately.by_status.succeeded, json.lately.attempts);
  assert.equal(json.config_changed, false);

  Deno.writeTextFileSync(`${site.folder}/config.yaml`, "# later\n", { append: true });
  assert.match(
    (await status()).stdout,
    /config.yaml has changed since the gateway read it; restart/,
  );
  assert.equal(parsePrinted("status", (await status("--json")).stdout).config_changed, true);

  assert.equal(await gateway.stop(), 0);
  const stopped = await status();
  assert.equal(stopped.code, 1);
  assert.match(
    stopped.stdout,
    /The gateway is not running: it was stopped just now\n$|stopped \d+ s ago\n$/,
  );
  const again = site.start();
  await again.logged("Gateway started");
  assert.equal(await again.stop(), 0, "what a reader leaves does not disturb a start");
});

Deno.test("status works while config.yaml is wrong elsewhere, and shows no control character of a plugin", async () => {
  await using site = createSite({ bad: { script: BAD } });
  const gateway = site.start();
  await gateway.logged("Job failed");
  Deno.writeTextFileSync(`${site.folder}/config.yaml`, "plugins: { bad: nonsense }\n");
  const { code, stdout, stderr } = await runProgram(["status"], { cwd: site.folder });
  assert.deepEqual([code, stderr], [1, ""]);
  assert.match(stdout, /bad failed at .*: \\u001b\[31mno \\u202e network; next try/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\u202e]/);
  const json = (await runProgram(["status", "--json"], { cwd: site.folder })).stdout;
  assert.ok(json.includes("\\u001b[31mno \\u202e network"), json);
});

Deno.test("status --watch ends when nobody reads it any more", async () => {
  await using site = createSite({ good: { script: OK } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "status", "--watch"],
    cwd: site.folder,
    stdout: "piped",
    signal: AbortSignal.timeout(20_000),
  }).spawn();
  const reader = child.stdout.getReader();
  assert.ok(!(await reader.read()).done);
  await reader.cancel();
  const { code, signal } = await child.status;
  assert.deepEqual([code, signal], [0, null]);
});

Deno.test("status of an unknown entry names the nearest one and exits with 2", async () => {
  await using site = createSite({ weather: { script: OK } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const { code, stdout, stderr } = await runProgram(["status", "wether"], { cwd: site.folder });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.equal(stderr, "error: unknown entry 'wether', did you mean 'weather'?\n");
});

Deno.test({
  name: "on a terminal status has its width and colours, which NO_COLOR removes",
  ignore: skipWhere(missing("script"), "status on a terminal"),
  async fn() {
    await using site = createSite({ bad: { script: BAD } });
    const gateway = site.start();
    await gateway.logged("Job failed");
    const command = [Deno.execPath(), ...PROGRAM, "status"].map((word) => `'${word}'`).join(" ");
    const show = async (columns: number, env: Record<string, string>) => {
      const inside = `stty cols ${columns}; ${command}`;
      const { stdout } = await run("script", ["-qec", inside, "/dev/null"], {
        cwd: site.folder,
        env,
      });
      return stdout.replaceAll("\r", "");
    };
    const colourful = await show(60, { NO_COLOR: "" });
    // deno-lint-ignore no-control-regex
    assert.match(colourful, /\x1b\[31mfailing/);
    const plain = await show(60, { NO_COLOR: "1" });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(plain, /\x1b/);
    const rows = plain.split("\n").filter((line) => /^(ENTRY|bad +failing)/.test(line));
    assert.equal(rows.length, 2);
    for (const row of rows) assert.ok(row.length <= 60, row);
  },
});

Deno.test("an untried entry is new, and one that is only retried is not failing", () => {
  using temp = openTempStore();
  fill(temp.store);
  const conditions = readState(
    temp.path,
    (reader) =>
      new Map(
        readStatus(reader, NOW).entries.map(({ entry, condition }) => [entry.name, condition]),
      ),
  );
  assert.deepEqual(
    ["fresh", "mail", "calendar", "weather"].map((name) => conditions.get(name)),
    ["new", "retrying", "failing", "ok"],
  );
});

Deno.test("a reader that nobody scrolls keeps neither a database nor a log from being checkpointed", async () => {
  await using site = createSite({ good: { script: OK } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  const many = Array.from({ length: 2_000 }, (_, n) => ({ name: `x${n}`, status: "disabled" }));
  const json = JSON.stringify(many).replaceAll("'", "''");
  site.execute(`INSERT INTO entries (name, status, config_digest, loaded_at)
    SELECT value ->> 'name', value ->> 'status', '', '' FROM json_each('${json}')`);
  const [program = "", ...args] = [Deno.execPath(), ...PROGRAM, "status", "--json"];
  const pager = new Deno.Command(program, { args, cwd: site.folder, stdout: "piped" }).spawn();
  const reader = pager.stdout.getReader();
  await reader.read(); // it prints, so it has read everything, and now waits for a reader
  const checkpoint = site.query("PRAGMA wal_checkpoint(TRUNCATE)");
  assert.deepEqual(checkpoint, [{ busy: 0, log: 0, checkpointed: 0 }]);
  while (!(await reader.read()).done);
  assert.equal((await pager.status).code, 0);
});
