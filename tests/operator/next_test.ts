import assert from "node:assert/strict";
import type { Schedule } from "../../src/core/schedule.ts";
import { renderNext } from "../../src/operator/next.ts";
import { readNext } from "../../src/reader/next.ts";
import { readState } from "../../src/reader/reader.ts";
import { openTempStore } from "../support/memory.ts";
import { parsePrinted } from "../support/printed.ts";
import { PROGRAM, runProgram } from "../support/program.ts";
import { pluginSpec } from "../support/setup.ts";
import { createSite } from "../support/site.ts";
import { loadedSetup, tellOf } from "../support/told.ts";
import { missing, run, skipWhere } from "../support/tools.ts";

Deno.env.set("TZ", "UTC"); // the times of the golden outputs

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 24, 7, 30);

const NAMES: Readonly<Record<string, Schedule>> = {
  weather: { everyMs: 15 * MINUTE, jitterMs: 2 * MINUTE },
  backup: { everyMs: DAY, jitterMs: 0 },
  "photos-of-the-whole-family-since-1974": { everyMs: 2 * HOUR, jitterMs: 0 },
};

/** What `next` shows of these entries. */
function show({ columns = 80, entry, isRunning = true, isStale = false, ...rest }: {
  columns?: number;
  entry?: string;
  isRunning?: boolean;
  isStale?: boolean;
  schedules?: Readonly<Record<string, Schedule>>;
  forMs?: number;
} = {}): string {
  const { schedules = NAMES, forMs = 7 * DAY } = rest;
  using temp = openTempStore();
  const { store } = temp;
  const specs = Object.entries(schedules).map(([name, schedule]) => pluginSpec({ name, schedule }));
  const setup = loadedSetup(specs, { disabled: ["old"] });
  tellOf(store, setup, { startedAt: NOW - HOUR, tickAt: NOW - 20_000 });
  for (const { name: plugin, schedule } of specs) {
    store.plans.write({ plugin, ...schedule, lastRunAt: NOW - HOUR, nextRunAt: NOW + 4 * MINUTE });
  }
  if (!isRunning) store.heartbeats.stop(4711, NOW);
  const until = NOW + forMs;
  const wanted = { entry, until, limit: 3, limitOfAll: 60 };
  const coming = readState(temp.path, (reader) => readNext(reader, NOW, wanted));
  const place = { configPath: "/etc/senechal/config.yaml" };
  return renderNext(coming, place, isStale, { columns, useColors: false, now: NOW, until });
}

Deno.test("next shows the runs to come, a range for each that is not drawn yet, and what it leaves out", () => {
  assert.equal(
    show(),
    `WHEN            DISTANCE   ENTRY                                  KIND
07:34           in 5 min   backup                                 poll
07:34           in 5 min   photos-of-the-whole-family-since-1974  poll
07:34           in 5 min   weather                                poll
07:48 to 07:50  in 19 min  weather                                poll
08:02 to 08:06  in 33 min  weather                                poll
09:34           in 2 h     photos-of-the-whole-family-since-1974  poll
11:34           in 4 h     photos-of-the-whole-family-since-1974  poll
Wed 07:34       in 24 h    backup                                 poll
Thu 07:34       in 2 d     backup                                 poll

backup: 4 more until 1 Dec 07:30
photos-of-the-whole-family-since-1974: 81 more until 1 Dec 07:30
weather: 627 to 717 more until 1 Dec 07:30

old: no runs, disabled`,
  );
  assert.equal(show({ columns: 120 }), show());
  const narrow = show({ columns: 60 });
  assert.match(narrow, /^07:34 +in 5 min +photos-of-the-whol\S*… +poll$/m);
  for (const line of narrow.split("\n\n")[0]?.split("\n") ?? []) assert.ok(line.length <= 60, line);
});

Deno.test("docs/operations.md shows what next says", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/operations.md", import.meta.url));
  const { weather = { everyMs: 0, jitterMs: 0 }, backup = weather } = NAMES;
  const shown = show({ schedules: { weather, backup } });
  assert.ok(page.includes(`\`\`\`text\n${shown}\n\`\`\``), shown);
});

Deno.test("of many entries next shows a run each, and counts the others in one line", () => {
  const names = Array.from({ length: 40 }, (_, n) => `p${n + 10}`);
  const schedules = Object.fromEntries(
    names.map((name) => [name, { everyMs: HOUR, jitterMs: 0 }]),
  );
  const [table = "", leftOut] = show({ schedules }).split("\n\n");
  assert.equal(table.split("\n").length, 41);
  assert.equal(
    leftOut,
    "40 entries: 6680 more until 1 Dec 07:30; name one to see more of it",
  );
});

Deno.test("next shows what is later than asked only of an entry that is named, and says so", () => {
  const forMs = 3 * MINUTE;
  assert.equal(
    show({ forMs }),
    "No runs until 07:33\n\n" +
      "backup, photos-of-the-whole-family-since-1974, weather: no runs until 07:33\n" +
      "old: no runs, disabled",
  );
  assert.equal(
    show({ forMs, entry: "backup" }),
    `WHEN   DISTANCE  ENTRY   KIND
07:34  in 5 min  backup  poll

backup: no runs until 07:33; this is the next one`,
  );
});

Deno.test("next says if no gateway runs, and if the config has changed", () => {
  assert.match(
    show({ isRunning: false }),
    /^The gateway is not running; this is as if it started now\n\n/,
  );
  assert.match(
    show({ isStale: true }),
    /\n\n\/etc\/senechal\/config.yaml has changed since .*restart/,
  );
  assert.equal(show({ entry: "old" }), "No runs until 1 Dec 07:30\n\nold: no runs, disabled");
});

const OK = `#!/bin/bash\necho '{"status":"ok"}'`;

Deno.test("next of the real program", async () => {
  await using site = createSite({
    weather: { script: OK },
    calendar: { script: OK, entry: "{ schedule: { every: 2d, jitter: 2h } }" },
  });
  const next = (...args: readonly string[]) => runProgram(["next", ...args], { cwd: site.folder });
  const gateway = site.start();
  await gateway.loggedTimes("Job succeeded", 2);
  const all = await next();
  assert.deepEqual([all.code, all.stderr], [0, ""]);
  assert.match(all.stdout, /^WHEN +DISTANCE +ENTRY +KIND\n.* in 60 min +weather +poll\n/);
  assert.match(all.stdout, /^weather: 165 more until /m);
  const json = parsePrinted("next", (await next("calendar", "--for", "1h", "--json")).stdout);
  assert.equal(json.gateway, "running");
  assert.equal(json.runs.length, 1, "the next run, though it is later than asked");
  const [planned] = site.query("SELECT next_run_at FROM schedule WHERE plugin = 'calendar'");
  const lateMs = Date.parse(json.runs[0].earliest_at) - Date.parse(String(planned?.next_run_at));
  assert.ok(lateMs >= -1 && lateMs <= 100, `${lateMs} ms`);
  const many = parsePrinted("next", (await next("weather", "--json")).stdout);
  assert.deepEqual([many.runs.length, many.left_out[0].at_most], [20, 148]);
  const shown = await Promise.all(
    ["80", "120"].map((COLUMNS) => runProgram(["next"], { cwd: site.folder, env: { COLUMNS } })),
  );
  for (const { stdout } of shown) assert.match(stdout, /^.* in 60 min +weather +poll$/m);
  const wrong = await next("calender");
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  assert.equal(wrong.stderr, "error: unknown entry 'calender', did you mean 'calendar'?\n");
  assert.equal(await gateway.stop(), 0);
});

Deno.test({
  name: "on a terminal next and why take its width, and colour titles only",
  ignore: skipWhere(missing("script"), "next on a terminal"),
  async fn() {
    await using site = createSite({ "weather-of-the-whole-week-and-the-next": { script: OK } });
    const gateway = site.start();
    await gateway.logged("Job succeeded");
    assert.equal(await gateway.stop(), 0);
    const show = async (words: string, env: Record<string, string>) => {
      const command = [Deno.execPath(), ...PROGRAM].map((word) => `'${word}'`).join(" ");
      const inside = `stty cols 50; ${command} ${words}`;
      const { stdout } = await run("script", ["-qec", inside, "/dev/null"], {
        cwd: site.folder,
        env,
      });
      return stdout.replaceAll("\r", "");
    };
    const plain = await show("next", { NO_COLOR: "1" });
    assert.match(plain, /^WHEN +DISTANCE +ENTRY +KIND$/m);
    for (const line of plain.split("\n\n")[1]?.split("\n") ?? []) {
      assert.ok(line.length <= 50, line);
    }
    const why = await show("why weather-of-the-whole-week-and-the-next", { NO_COLOR: "" });
    // deno-lint-ignore no-control-regex
    assert.match(why, /^\x1b\[2mgateway\x1b\[0m +not running; /m);
  },
});
