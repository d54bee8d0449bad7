import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Schedule } from "../../src/core/schedule.ts";
import { settle } from "../../src/dispatcher/settle.ts";
import { type Coming, readNext, type Wanted } from "../../src/reader/next.ts";
import { readState } from "../../src/reader/reader.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { settleJob } from "../support/dispatch.ts";
import { attemptOf, claimJob, enqueueJob, failure } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec } from "../support/setup.ts";
import { loadedSetup, tellOf } from "../support/told.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A reproducible sequence of numbers in [0, 1). */
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** A gateway with a made-up clock, whose jobs end at once. */
function openWorld(schedules: Readonly<Record<string, Schedule>>) {
  const temp = openTempStore();
  const { store } = temp;
  const specs = Object.entries(schedules).map(([name, schedule]) => pluginSpec({ name, schedule }));
  const setup = loadedSetup(specs);
  const parts = { store, random: createRandom(), log: recordingLog().log };
  let lastTickAt = START;
  return {
    ...temp,
    setup,
    /** Ticks once, and returns what it polled. */
    tick(tickAt: number): readonly string[] {
      lastTickAt = tickAt;
      return tick(parts, setup, tickAt).map(() => {
        const job = store.jobs.claim(tickAt);
        assert.ok(job && settleJob({ store }, attemptOf(job)));
        return job.plugin;
      });
    },
    /** Stores what the gateway tells of itself. */
    tell: (told = setup) => tellOf(store, told, { startedAt: START, tickAt: lastTickAt }),
    forecast: (now: number, wanted: Partial<Wanted> = {}): Coming =>
      readState(
        temp.path,
        (reader) =>
          readNext(reader, now, {
            entry: undefined,
            until: now + 7 * DAY,
            limit: 1e6,
            limitOfAll: 1e9,
            ...wanted,
          }),
      ),
  };
}

type World = ReturnType<typeof openWorld>;

/** When each entry is polled in a week from a tick on. */
function liveForAWeek(world: World, from: number): ReadonlyMap<string, readonly number[]> {
  const polls = new Map<string, number[]>();
  for (let tickAt = from; tickAt <= from + 7 * DAY; tickAt += MINUTE) {
    for (const name of world.tick(tickAt)) polls.set(name, [...polls.get(name) ?? [], tickAt]);
  }
  return polls;
}

const runsOf = ({ runs }: Coming, name: string) => runs.filter(({ entry }) => entry === name);

Deno.test("without jitter the forecast of a week is exactly what the scheduler does", () => {
  const every = { quick: 17 * MINUTE, odd: 37.5 * MINUTE, hourly: HOUR, daily: DAY, late: 5 * DAY };
  using world = openWorld(
    Object.fromEntries(
      Object.entries(every).map(([name, everyMs]) => [name, { everyMs, jitterMs: 0 }]),
    ),
  );
  for (let n = 0; n <= 100; n++) world.tick(START + n * MINUTE);
  world.tell();
  const now = START + 100.4 * MINUTE;
  const coming = world.forecast(now, { until: START + 101 * MINUTE + 7 * DAY });
  const polls = liveForAWeek(world, START + 101 * MINUTE);
  assert.equal(polls.size, 5);
  for (const [name, at] of polls) {
    const spans = at.map((tickAt) => ({
      ...{ entry: name, kind: "poll" },
      ...{ earliestAt: tickAt, latestAt: tickAt },
    }));
    assert.deepEqual(runsOf(coming, name), spans);
  }
  assert.deepEqual(coming.leftOut, []);
});

Deno.test("with jitter every run of a week is within its forecast, the first one exactly", () => {
  using world = openWorld({
    quick: { everyMs: 20 * MINUTE, jitterMs: 10 * MINUTE },
    hourly: { everyMs: HOUR, jitterMs: HOUR },
    daily: { everyMs: DAY, jitterMs: 90 * MINUTE },
  });
  for (let n = 0; n <= 100; n++) world.tick(START + n * MINUTE);
  world.tell();
  const coming = world.forecast(START + 100.4 * MINUTE);
  const polls = liveForAWeek(world, START + 101 * MINUTE);
  assert.equal(polls.size, 3);
  for (const [name, at] of polls) {
    const spans = runsOf(coming, name);
    assert.deepEqual([spans[0]?.earliestAt, spans[0]?.latestAt], [at[0], at[0]]);
    for (const [n, tickAt] of at.entries()) {
      const { earliestAt = NaN, latestAt = NaN } = spans[n] ?? {};
      assert.ok(earliestAt <= tickAt && tickAt <= latestAt, `${name} ${n}`);
    }
    assert.ok(at.some((tickAt, n) => tickAt !== spans[n]?.earliestAt), "the draws differ");
  }
});

Deno.test("beyond the limit runs are only counted, with jitter as a range that holds", () => {
  using world = openWorld({
    plain: { everyMs: HOUR, jitterMs: 0 },
    drawn: { everyMs: HOUR, jitterMs: 30 * MINUTE },
  });
  world.tick(START);
  world.tell();
  const coming = world.forecast(START, { limit: 3 });
  assert.equal(coming.runs.length, 6);
  assert.deepEqual(coming.leftOut, [
    { entry: "drawn", atLeast: 131, atMost: 220 },
    { entry: "plain", atLeast: 165, atMost: 165 },
  ]);
  const polls = liveForAWeek(world, START + MINUTE);
  assert.equal(polls.get("plain")?.length, 168);
  const drawn = polls.get("drawn")?.length ?? 0;
  assert.ok(drawn >= 134 && drawn <= 223, `${drawn} polls`);
});

Deno.test("the next run of the entry that is asked for is named even if it is later", () => {
  using world = openWorld({ monthly: { everyMs: 30 * DAY, jitterMs: 0 } });
  world.tick(START);
  world.tell();
  const coming = world.forecast(START + MINUTE, { entry: "monthly" });
  assert.deepEqual(coming.runs.map(({ earliestAt }) => earliestAt), [START + 30 * DAY]);
  assert.deepEqual(coming.leftOut, []);
  const all = world.forecast(START + MINUTE);
  assert.deepEqual([all.runs, all.leftOut], [[], []]);
  assert.deepEqual(all.idle, [{ entry: "monthly", because: "later" }]);
});

Deno.test("one entry can be asked for; one that does not run is named with its reason", () => {
  using world = openWorld({ a: { everyMs: HOUR, jitterMs: 0 }, b: { everyMs: HOUR, jitterMs: 0 } });
  const refused = [{
    plugin: "r",
    refusals: [{ code: "missing", error: "it is missing" }],
  }] as const;
  world.tell(loadedSetup([...world.setup.plugins.values()], { disabled: ["d"] }, refused));
  using operator = new DatabaseSync(world.path);
  operator.exec("UPDATE entries SET schedule = 'hourly' WHERE name = 'b'");
  const coming = world.forecast(START);
  assert.deepEqual(new Set(coming.runs.map(({ entry }) => entry)), new Set(["a"]));
  assert.deepEqual(
    new Map(coming.idle.map(({ entry, because }) => [entry, because])),
    new Map([["r", "refused"], ["b", "schedule unreadable"], ["d", "disabled"]]),
  );
  const { runs, idle } = world.forecast(START, { entry: "d" });
  assert.deepEqual([runs, idle], [[], [{ entry: "d", because: "disabled" }]]);
});

Deno.test("a retry is a run to come, and no poll comes before it", () => {
  using world = openWorld({ echo: { everyMs: 5 * MINUTE, jitterMs: 0 } });
  const { store } = world;
  world.tick(START);
  world.tell();
  const retry = { backoffBaseMs: HOUR, backoffMaxMs: HOUR };
  const setup = loadedSetup([pluginSpec({ retry })]);
  const attempt = attemptOf(claimJob(store, { now: START }), {
    ending: failure("exit"),
    endedAt: START + 3 * MINUTE,
  });
  assert.equal(settle({ store }, setup, attempt)?.verdict.status, "queued");
  const { runs } = world.forecast(START + 4 * MINUTE, { limit: 1 });
  assert.deepEqual(runs.map(({ kind, earliestAt }) => [kind, earliestAt - START]), [
    ["retry", 8 * MINUTE],
    ["poll", 9 * MINUTE],
  ]);
  store.heartbeats.stop(4711, START + 5 * MINUTE);
  const [late] = world.forecast(START + HOUR, { limit: 1 }).runs;
  assert.deepEqual([late?.kind, late?.earliestAt], ["retry", START + HOUR]);
});

Deno.test("a job that is queued is the first run to come", () => {
  using world = openWorld({ echo: { everyMs: 5 * MINUTE, jitterMs: 0 } });
  world.tick(START);
  world.tell();
  enqueueJob(world.store, { now: START });
  const { runs } = world.forecast(START + 1_000, { limit: 1 });
  assert.deepEqual(runs.map(({ kind, earliestAt }) => [kind, earliestAt - START]), [
    ["queued", 1_000],
    ["poll", 5 * MINUTE],
  ]);
});

Deno.test("of many entries fewer runs each are named, but always the next one", () => {
  const names = ["a", "b", "c", "d"];
  using world = openWorld(
    Object.fromEntries(names.map((name) => [name, { everyMs: HOUR, jitterMs: 0 }])),
  );
  world.tick(START);
  world.tell();
  const lengthWith = (limitOfAll: number) =>
    world.forecast(START, { limit: 3, limitOfAll }).runs.length;
  assert.deepEqual([100, 12, 11, 8, 1].map(lengthWith), [12, 12, 8, 8, 4]);
});

Deno.test("runs are in the order of time", () => {
  using world = openWorld({
    a: { everyMs: 3 * HOUR, jitterMs: 0 },
    b: { everyMs: 2 * HOUR, jitterMs: 0 },
  });
  world.tick(START);
  world.tell();
  const { runs } = world.forecast(START, { limit: 2 });
  assert.deepEqual(runs.map(({ entry }) => entry), ["b", "a", "b", "a"]);
});

Deno.test("a tick interval that a person has broken counts as the default one", () => {
  using world = openWorld({ echo: { everyMs: HOUR, jitterMs: 0 } });
  world.tick(START);
  world.tell();
  using operator = new DatabaseSync(world.path);
  operator.exec("UPDATE heartbeat SET settings = json_set(settings, '$.tickIntervalMs', 0)");
  const [first] = world.forecast(START + MINUTE).runs;
  assert.equal(first?.earliestAt, START + HOUR);
});

Deno.test("without a gateway the runs are those of one that starts now", () => {
  using world = openWorld({ echo: { everyMs: HOUR, jitterMs: 0 } });
  world.tick(START);
  world.tell();
  world.store.heartbeats.stop(4711, START + 10_000);
  const early = world.forecast(START + 30.5 * MINUTE);
  assert.deepEqual(early.runs.slice(0, 2).map(({ earliestAt }) => earliestAt - START), [
    60.5 * MINUTE,
    120.5 * MINUTE,
  ]);
  const late = world.forecast(START + 3.5 * HOUR + 7);
  assert.deepEqual(late.runs[0]?.earliestAt, START + 3.5 * HOUR + 7);
});
