import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describeWhy } from "../../src/operator/why_words.ts";
import { claimNext } from "../../src/dispatcher/dispatch.ts";
import { settle } from "../../src/dispatcher/settle.ts";
import type { Setup } from "../../src/plugin/setup.ts";
import { readState } from "../../src/reader/reader.ts";
import { explain, REASONS, type WhyReason } from "../../src/reader/why.ts";
import { readWhyFacts } from "../../src/reader/why_facts.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { attemptOf, claimJob, enqueueJob, failure, success } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec } from "../support/setup.ts";
import { loadedSetup, tellOf } from "../support/told.ts";

Deno.env.set("TZ", "UTC"); // the times in the sentences

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 24, 7, 30);
/** The last tick was at NOW - 20 s, so the next one is at NOW + 40 s. */
const TICK = NOW - 20_000;
const STARTED = NOW - 60 * MINUTE;
const NEXT_TICK = TICK + MINUTE;

const RETRY = { backoffBaseMs: 2 * MINUTE, backoffMaxMs: 60 * MINUTE };
const ECHO = pluginSpec({
  pool: "nas",
  retry: RETRY,
  circuitBreaker: { threshold: 2, resetAfterMs: 30 * MINUTE },
});
const OTHERS = ["a", "b", "c", "d"].map((name) => pluginSpec({ name }));
const NEIGHBOUR = pluginSpec({ name: "neighbour", pool: "nas" });
const LANES = { total: 3, pools: new Map([["nas", 1]]) };
const SERVICE = { ...loadedSetup([]).config.service, maxRunning: 3 };
const SETUP = loadedSetup([ECHO, NEIGHBOUR, ...OTHERS], { lanes: LANES, service: SERVICE });

/** A database, as a gateway leaves it in which the entry echo is about to be asked for. */
function openWorld() {
  const temp = openTempStore();
  const { store } = temp;
  return {
    ...temp,
    tell: (setup: Setup = SETUP) => tellOf(store, setup, { startedAt: STARTED, tickAt: TICK }),
    plan: (changes: { nextRunAt: number; everyMs?: number }) =>
      store.plans.write({
        ...{ plugin: "echo", everyMs: 5 * MINUTE, jitterMs: 0, lastRunAt: NOW - 4 * MINUTE },
        ...changes,
      }),
    execute(sql: string) {
      using db = new DatabaseSync(temp.path);
      db.exec(sql);
    },
    /** A job of echo that failed for good. */
    fail(endedAt: number) {
      const job = claimJob(store, { now: endedAt, maxAttempts: 1 });
      assert.ok(settle({ store }, SETUP, attemptOf(job, { ending: failure("exit"), endedAt })));
    },
    ask(name = "echo") {
      const facts = readState(temp.path, (reader) => readWhyFacts(reader, name, NOW));
      const why = explain(facts, NOW);
      return { facts, why, sentence: describeWhy(facts, why, NOW) };
    },
  };
}

type World = ReturnType<typeof openWorld>;

/** For each reason, what makes it the answer, and the answer. */
const CASES: Readonly<
  Record<WhyReason, readonly [arrange: (world: World) => void, answer: string]>
> = {
  "never started": [() => {}, "No gateway has run here yet; start one: senechal-gw start"],
  "not loaded": [
    ({ tell }) => tell(loadedSetup(OTHERS)),
    "echo is not loaded: the config did not name it when the gateway read it; restart the gateway",
  ],
  disabled: [
    ({ tell }) => tell(loadedSetup(OTHERS, { disabled: ["echo"] })),
    "echo is disabled; set enabled: true in its entry and restart the gateway",
  ],
  refused: [
    ({ tell }) =>
      tell(loadedSetup(OTHERS, {}, [{
        plugin: "echo",
        refusals: [{ code: "entrypoint missing", error: "entrypoint run.sh does not exist" }],
      }])),
    "echo was refused at the start of the gateway: entrypoint run.sh does not exist; " +
    "fix that and restart the gateway",
  ],
  stopped: [
    ({ tell, store }) => {
      tell();
      store.heartbeats.stop(4711, NOW - 3 * 60 * MINUTE);
    },
    "The gateway is not running: it was stopped 3 h ago; start it: senechal-gw start",
  ],
  silent: [
    ({ store }) => tellOf(store, SETUP, { startedAt: STARTED, tickAt: NOW - 10 * MINUTE }),
    "The gateway has not ticked since 07:20 (10 min ago): it was killed, or hangs; start it again",
  ],
  orphaned: [
    ({ tell, store }) => {
      claimJob(store, { now: STARTED - 1 });
      tell();
    },
    "A job of echo is marked as running, but the gateway that ran it has ended; the gateway ends " +
    "what is left of it and queues it again if it has an attempt left",
  ],
  running: [
    ({ tell, store }) => {
      tell();
      claimJob(store, { now: NOW - 30_000 });
    },
    "echo has been running since 07:29:30 (30 s ago); its timeout ends it at 07:30:30 (in 30 s)",
  ],
  "own job": [
    ({ tell, store }) => {
      tell();
      claimJob(store, { now: NOW - 30_000 });
      enqueueJob(store, { now: NOW });
    },
    "echo has been running since 07:29:30 (30 s ago), and of one entry one job runs at a time; 1 job " +
    "of it can start when that one has ended",
  ],
  paused: [
    ({ tell, store }) => {
      tell();
      enqueueJob(store, { now: NOW });
      const pausedBy = "ann";
      store.pauses.write({ plugin: "*", pausedAt: NOW, until: NOW + 60 * MINUTE, pausedBy });
    },
    "echo is paused, like all entries (by ann); it goes on at 08:30 (in 60 min), or after " +
    "senechal-gw resume --all",
  ],
  retry: [
    ({ tell, store }) => {
      tell();
      const job = claimJob(store, { now: NOW - MINUTE });
      const attempt = attemptOf(job, { ending: failure("exit") });
      settle({ store, random: () => 0.5 }, SETUP, attempt);
    },
    "echo waits for its retry: attempt 2 of 4 starts at 07:31:00 (in 60 s)",
  ],
  "lanes full": [
    ({ tell, store }) => {
      tell();
      for (const plugin of ["a", "b", "c"]) claimJob(store, { plugin, now: NOW - MINUTE });
      enqueueJob(store, { plugin: "d", now: NOW });
      enqueueJob(store, { now: NOW });
    },
    "echo waits for a free lane: all 3 are taken, by a, b, c; it starts when one is free, after the " +
    "jobs ahead of it",
  ],
  "pool full": [
    ({ tell, store }) => {
      tell();
      claimJob(store, { plugin: "neighbour", now: NOW - MINUTE });
      enqueueJob(store, { now: NOW });
    },
    "echo waits for a place in the pool nas (1), taken by neighbour; it starts when such a job has " +
    "ended",
  ],
  "held back": [
    ({ tell, store }) => {
      tell();
      enqueueJob(store, { now: NOW - MINUTE });
    },
    "echo has a job that is ready, but the gateway holds it back: processes of an earlier run have " +
    "not ended, or its program cannot be started now; the log of the gateway says which",
  ],
  starting: [
    ({ tell, store }) => {
      tell();
      enqueueJob(store, { now: NOW - 1_000 });
    },
    "echo starts in a moment: its job is ready, and a lane is free",
  ],
  "schedule unreadable": [
    ({ tell, plan, execute }) => {
      tell();
      plan({ nextRunAt: NOW });
      execute("UPDATE schedule SET next_run_at = 'soon'");
    },
    'echo has no next run: its row in schedule cannot be read: column next_run_at holds "soon", ' +
    "expected a time such as 2026-01-31T12:00:00.000Z; the next tick at 07:30:40 (in 40 s) draws it " +
    "again",
  ],
  "schedule changed": [
    ({ tell, plan }) => {
      tell();
      plan({ nextRunAt: NOW + 60 * MINUTE, everyMs: 60 * MINUTE });
    },
    "echo has a new schedule; the next tick at 07:30:40 (in 40 s) draws its next run again, counted " +
    "from the last one",
  ],
  "clock moved back": [
    ({ tell, plan }) => {
      tell();
      plan({ nextRunAt: NOW + 60 * MINUTE });
    },
    "The next run of echo is further away than its schedule allows, so the clock was set back; " +
    "the next tick at 07:30:40 (in 40 s) draws it again",
  ],
  "breaker open": [
    ({ tell, plan, fail }) => {
      tell();
      plan({ nextRunAt: NOW + MINUTE });
      for (const minutes of [20, 10]) fail(NOW - minutes * MINUTE);
    },
    "echo waits because its circuit breaker is open after 2 failures in a row; one poll tries at " +
    "07:50 (in 21 min) and closes it if it succeeds",
  ],
  "not due": [
    ({ tell, plan }) => {
      tell();
      plan({ nextRunAt: NOW + MINUTE });
    },
    "echo is not due; it runs next: 07:31:40 (in 100 s)",
  ],
  due: [
    ({ tell, plan }) => {
      tell();
      plan({ nextRunAt: NOW + 1_000 });
    },
    "echo is due; the next tick at 07:30:40 (in 40 s) queues its job",
  ],
};

for (const [reason, [arrange, answer]] of Object.entries(CASES)) {
  Deno.test(`why: ${reason}`, () => {
    using world = openWorld();
    arrange(world);
    const { why, sentence } = world.ask();
    assert.equal(why.reason, reason);
    assert.equal(sentence, answer);
  });
}

Deno.test("under two pauses the one that ends last counts, and each has its command", () => {
  using world = openWorld();
  world.tell();
  const pausedBy = "ann";
  world.store.pauses.write({ plugin: "echo", pausedAt: NOW, until: NOW + MINUTE, pausedBy });
  world.store.pauses.write({ plugin: "*", pausedAt: NOW, until: undefined, pausedBy });
  assert.equal(
    world.ask().sentence,
    "echo is paused, like all entries (by ann); it goes on after senechal-gw resume --all and " +
      "senechal-gw resume echo",
  );
});

Deno.test("each reason has a case", () => {
  assert.deepEqual(Object.keys(CASES).sort(), [...REASONS].sort());
});

Deno.test("the next tick queues a poll in each case in which why says so, and in no other", () => {
  for (const [reason, [arrange]] of Object.entries(CASES)) {
    using world = openWorld();
    arrange(world);
    const { why } = world.ask();
    const setup = loadedSetup([ECHO]);
    const parts = { store: world.store, random: () => 0.5, log: recordingLog().log };
    const isLoaded = world.ask().facts.one?.entry.status === "enabled";
    const polls = isLoaded && world.ask().facts.life === "running"
      ? tick(parts, setup, NEXT_TICK)
      : [];
    const isSaid = why.job === undefined && why.until === NEXT_TICK;
    assert.equal(polls.length === 1, isSaid, reason);
  }
});

Deno.test("the dispatcher claims the job in each case in which why says that it starts, and in no other", async () => {
  for (const reason of ["own job", "retry", "lanes full", "pool full", "starting"] as const) {
    using world = openWorld();
    CASES[reason][0](world);
    const parts = dispatchParts(world.store, recordingLog().log);
    for (const job of world.store.jobs.running()) parts.running.add(job);
    const claimed = await claimNext({ ...parts, now: () => NOW }, SETUP);
    const isClaimed = claimed.kind === "job" && claimed.job.plugin === "echo";
    assert.equal(isClaimed, reason === "starting", reason);
  }
});

Deno.test("a job of which an attempt was interrupted is held back until it starts again", () => {
  using world = openWorld();
  world.tell();
  const job = claimJob(world.store, { now: NOW - 1_000 });
  settle(world, SETUP, attemptOf(job, { ending: failure("interrupted") }));
  assert.equal(world.ask().why.reason, "held back");
});

Deno.test("a job is not held back if another one has just ended", () => {
  using world = openWorld();
  world.tell();
  const other = claimJob(world.store, { plugin: "b", now: NOW - 2 * MINUTE });
  enqueueJob(world.store, { now: NOW - MINUTE });
  settle(world, SETUP, attemptOf(other, { ending: success(), endedAt: NOW - 300 }));
  assert.equal(world.ask().why.reason, "starting");
});

Deno.test("after the breaker's rest the poll that tries is named as such", () => {
  using world = openWorld();
  world.tell();
  world.plan({ nextRunAt: NOW - MINUTE });
  for (const minutes of [50, 40]) world.fail(NOW - minutes * MINUTE);
  const { why, sentence } = world.ask();
  assert.equal(why.reason, "due");
  assert.match(sentence, /, as the one poll that its circuit breaker lets try$/);
});

Deno.test("a job that runs beyond its timeout is said to", () => {
  using world = openWorld();
  world.tell();
  claimJob(world.store, { now: NOW - 3 * MINUTE });
  assert.match(world.ask().sentence, /; its timeout was over at 07:28 \(2 min ago\)$/);
});

Deno.test("an entry that has never run is due", () => {
  using world = openWorld();
  world.tell();
  assert.equal(world.ask().why.reason, "due");
});

Deno.test("if the clock was set back after the start, a running job is no orphan", () => {
  using world = openWorld();
  claimJob(world.store, { now: NOW - 30_000 });
  tellOf(world.store, SETUP, { startedAt: NOW + 60 * MINUTE, tickAt: TICK });
  assert.equal(world.ask().why.reason, "running");
});

Deno.test("jobs that other entries have ahead in the queue are counted", () => {
  using world = openWorld();
  world.tell();
  for (const plugin of ["a", "a", "b", "echo", "c"]) enqueueJob(world.store, { plugin, now: NOW });
  const { facts } = world.ask();
  assert.deepEqual([facts.ahead, facts.queued], [2, 1]);
  world.execute(
    "UPDATE job_queue SET not_before = '2026-11-24T08:00:00.000Z' WHERE plugin = 'echo'",
  );
  assert.equal(world.ask().facts.ahead, 0, "a job that waits has no place");
});

Deno.test("a job that a crash has left takes no lane", () => {
  using world = openWorld();
  for (const plugin of ["a", "b", "c"]) claimJob(world.store, { plugin, now: STARTED - MINUTE });
  enqueueJob(world.store, { now: NOW });
  world.tell();
  const { facts, why } = world.ask();
  assert.deepEqual([facts.running.length, why.reason], [0, "starting"]);
});
