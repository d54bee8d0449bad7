import assert from "node:assert/strict";
import type { Schedule } from "../../src/core/schedule.ts";
import { tick as tickOnce } from "../../src/scheduler/tick.ts";
import { startTickGrid } from "../../src/scheduler/tick_grid.ts";
import type { Store } from "../../src/store/store.ts";
import { IS_LONG, recordFault, SEED, seededRandom } from "../support/campaign.ts";
import { attemptOf } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { pluginSpec, setupOf } from "../support/setup.ts";
import { createSite } from "../support/site.ts";
import { settleJob } from "../support/dispatch.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00.000Z");
const EVERY_5M = { everyMs: 5 * MINUTE, jitterMs: 0 };

interface SimulationOptions {
  readonly schedule?: Schedule;
  readonly random?: () => number;
  readonly tickMs?: number;
}

/** A gateway's scheduling on clocks that the test moves; each job ends at once. */
function createSimulation(store: Store, options: SimulationOptions = {}) {
  const { schedule = EVERY_5M, random = () => 0.5, tickMs = MINUTE } = options;
  const { log, lines } = recordingLog();
  const setup = setupOf(pluginSpec({ name: "it", schedule }));
  let monotonicMs = 0;
  let offset = START;
  const ran: number[] = [];
  const start = () => startTickGrid(tickMs, () => monotonicMs, () => offset + monotonicMs);
  let grid = start();

  function tick(): void {
    if (tickOnce({ store, random, log }, setup, grid.currentTickAt()).length === 0) return;
    ran.push(monotonicMs);
    const job = store.jobs.claim(offset + monotonicMs);
    assert.ok(job);
    settleJob({ store }, attemptOf(job));
  }

  return {
    ran,
    warnings: () => lines.filter(({ level }) => level === "warn").map(({ message }) => message),
    tick,
    /** Moves the clocks by `ms` and runs each tick of the grid. */
    pass(ms: number): void {
      for (const end = monotonicMs + ms; monotonicMs + grid.untilNextMs() <= end;) {
        monotonicMs += grid.untilNextMs();
        tick();
      }
    },
    /** Moves the clocks by `ms` while the event loop is blocked. */
    block(ms: number): void {
      monotonicMs += ms;
      tick();
    },
    moveWallClock(ms: number): void {
      offset += ms;
    },
    restart(): void {
      grid = start();
      tick();
    },
  };
}

const moves: readonly [name: string, ms: number][] = [["back", -DAY], ["forward", DAY]];
for (const [name, ms] of moves) {
  Deno.test(`a wall clock moved ${name} by a day while running neither loses nor doubles a run`, () => {
    using temp = openTempStore();
    const time = createSimulation(temp.store);
    time.tick();
    time.pass(7 * MINUTE);
    time.moveWallClock(ms);
    time.pass(60 * MINUTE);
    const gaps = time.ran.slice(1).map((at, i) => at - (time.ran[i] ?? 0));
    const [first, ...others] = gaps;
    assert.equal(first, 5 * MINUTE);
    assert.ok(others.every((gap) => gap >= MINUTE && gap <= 10 * MINUTE), gaps.join());
    assert.ok(others.slice(1).every((gap) => gap === 5 * MINUTE), gaps.join());
    assert.deepEqual(
      time.warnings(),
      ms < 0 ? ["Clock moved back, next run rescheduled"] : [],
    );
    recordFault({ fault: `clock moved ${name} by a day, running`, times: 1, outcome: "no burst" });
  });

  Deno.test(`a wall clock moved ${name} by a day while stopped costs at most one interval`, () => {
    using temp = openTempStore();
    const time = createSimulation(temp.store);
    time.tick();
    time.pass(7 * MINUTE);
    time.moveWallClock(ms);
    time.restart();
    time.pass(30 * MINUTE);
    const after = time.ran.filter((at) => at >= 7 * MINUTE);
    assert.ok((after[0] ?? Infinity) <= 12 * MINUTE, time.ran.join());
    const gaps = after.slice(1).map((at, i) => at - (after[i] ?? 0));
    assert.ok(gaps.every((gap) => gap === 5 * MINUTE), gaps.join());
    recordFault({ fault: `clock moved ${name} by a day, stopped`, times: 1, outcome: "no burst" });
  });
}

Deno.test("after ten ticks in a blocked event loop the plugin runs once, and the grid stays", () => {
  using temp = openTempStore();
  const time = createSimulation(temp.store);
  time.tick();
  time.block(10 * MINUTE + 500);
  assert.deepEqual(time.ran, [0, 10 * MINUTE + 500]);
  time.pass(10 * MINUTE);
  assert.deepEqual(time.ran.slice(2), [15 * MINUTE, 20 * MINUTE]);
  recordFault({ fault: "event loop blocked for 10 ticks", times: 1, outcome: "one run" });
});

Deno.test("over ten years with jitter and random restarts the interval stays, without drift or doubles", () => {
  using temp = openTempStore();
  const random = seededRandom(SEED);
  const schedule = { everyMs: DAY, jitterMs: DAY / 4 };
  const tickMs = IS_LONG ? MINUTE : 30 * MINUTE;
  const time = createSimulation(temp.store, { schedule, random, tickMs });
  time.tick();
  const years = 10;
  let restarts = 0;
  for (let day = 0; day < years * 365; day++) {
    time.pass(DAY);
    if (random() > 0.1) continue;
    time.restart();
    restarts++;
  }
  const gaps = time.ran.slice(1).map((at, i) => at - (time.ran[i] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  assert.ok(Math.min(...gaps) >= DAY - DAY / 8 - 1_000, `shortest gap ${Math.min(...gaps)}`);
  assert.ok(Math.max(...gaps) <= DAY + DAY / 8 + tickMs + 1_000, `longest ${Math.max(...gaps)}`);
  // On average a run waits half a tick for its tick; the mean of 3,650 draws is within 4 sigma.
  const sigma = DAY / 4 / Math.sqrt(12) / Math.sqrt(gaps.length);
  assert.ok(Math.abs(mean - DAY - tickMs / 2) < 4 * sigma, `mean gap ${mean}`);
  recordFault({
    fault: `ten simulated years, ${restarts} restarts`,
    times: gaps.length,
    outcome: `gaps ${(Math.min(...gaps) / DAY).toFixed(3)} to ${
      (Math.max(...gaps) / DAY).toFixed(3)
    } of the interval, mean ${(mean / DAY).toFixed(4)}`,
    seed: SEED,
  });
});

const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
if (FAKETIME === undefined) {
  console.log("SKIPPED the real program on a moved clock: no libfaketime");
}

/** A wall clock that can be moved while a program runs on it. */
function createMovableClock(folder: string) {
  const path = `${folder}/clock`;
  // renamed, so that the library never reads a partial file
  const move = (offset: string) => {
    Deno.writeTextFileSync(`${path}.new`, offset);
    Deno.renameSync(`${path}.new`, path);
  };
  move("+0");
  return {
    move,
    env: {
      LD_PRELOAD: FAKETIME ?? "",
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  };
}

const REDRAWN = "Clock moved back, next run rescheduled";
const POLLED = {
  script: `#!/bin/bash\necho '{"status":"ok"}'`,
  entry: "{ schedule: { every: 300ms } }",
};

for (const offset of ["-1d", "+1d"]) {
  Deno.test({
    name: `the real program continues when the wall clock moves by ${offset} while it runs`,
    ignore: FAKETIME === undefined,
    async fn() {
      await using site = createSite({ it: POLLED });
      const clock = createMovableClock(site.folder);
      const gateway = site.start({ env: clock.env });
      await gateway.loggedTimes("Job succeeded", 2);
      clock.move(offset);
      const before = gateway.count("Job succeeded");
      await gateway.loggedTimes("Job succeeded", before + 5);
      assert.equal(gateway.log().some((line) => line.message === REDRAWN), offset === "-1d");
      assert.equal(await gateway.stop(), 0);
      recordFault({
        fault: `real clock moved by ${offset}, running`,
        times: 1,
        outcome: "runs continue",
      });
    },
  });

  Deno.test({
    name: `the real program continues when the wall clock moves by ${offset} between two starts`,
    ignore: FAKETIME === undefined,
    async fn() {
      await using site = createSite({ it: POLLED });
      const clock = createMovableClock(site.folder);
      const first = site.start({ env: clock.env });
      await first.logged("Job succeeded");
      assert.equal(await first.stop(), 0);
      clock.move(offset);
      const second = site.start({ env: clock.env });
      await second.loggedTimes("Job succeeded", 2);
      assert.equal(second.log().some((line) => line.message === REDRAWN), offset === "-1d");
      assert.equal(await second.stop(), 0);
      recordFault({
        fault: `real clock moved by ${offset}, stopped`,
        times: 1,
        outcome: "runs continue",
      });
    },
  });
}

Deno.test({
  name: "a retry and a circuit breaker end in time although the clock is set back meanwhile",
  ignore: FAKETIME === undefined,
  async fn() {
    const entry = "{ schedule: { every: 300ms }, max_attempts: 2, retry: { backoff_base: 2s }, " +
      "circuit_breaker: { threshold: 1, reset_after: 2s } }";
    const script = `#!/bin/bash\n[ -e well ] && { echo '{"status":"ok"}'; exit; }; exit 1`;
    await using site = createSite({ it: { script, entry } });
    const clock = createMovableClock(site.folder);
    const gateway = site.start({ env: clock.env });
    await gateway.logged("Job failed, retrying");
    clock.move("-1d");
    await gateway.logged("Circuit breaker opened, polls stop until one succeeds");
    clock.move("-2d");
    Deno.writeTextFileSync(`${site.folder}/plugins/it/well`, "");
    await gateway.logged("Circuit breaker closed");
    assert.equal(await gateway.stop(), 0);
    recordFault({
      fault: "real clock set back by a day while a retry waits, and while a breaker is open",
      times: 2,
      outcome: "both end in time",
      isNew: true,
    });
  },
});
