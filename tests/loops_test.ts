import assert from "node:assert/strict";
import type { Dispatched } from "../src/dispatcher.ts";
import { createWake } from "../src/base/wake.ts";
import { dispatchLoop, tickLoop } from "../src/loops.ts";
import type { Scheduler } from "../src/scheduler.ts";
import { recordingLog } from "./support/memory.ts";

const DISPATCHED: Dispatched = {
  job: {
    id: "1",
    plugin: "echo",
    command: "poll",
    attempt: 1,
    maxAttempts: 4,
    submittedBy: "scheduler",
    createdAt: 0,
    startedAt: 0,
    pid: undefined,
  },
  record: { status: "succeeded", completedAt: 0, durationMs: 0, stderr: "" },
};
const HOUR = 3_600_000;

function schedulerOf(changes: Partial<Scheduler>): Scheduler {
  return { tick: () => [], prune: () => false, nextRuns: () => new Map(), ...changes };
}

/** The parts of a tick loop that ticks once, at time 1, and then waits for an hour. */
function tickingParts(scheduler: Scheduler, stop: AbortSignal) {
  return {
    scheduler,
    isDatabaseInPlace: () => true,
    grid: { currentTickAt: () => 1, untilNextMs: () => HOUR },
    wake: createWake(),
    log: recordingLog().log,
    stop,
  };
}

Deno.test("the dispatch loop runs all that is queued without a pause, then sleeps until it is woken", async () => {
  const stop = new AbortController();
  const wake = createWake();
  let queued = 3;
  let calls = 0;
  const dispatchNext = () => {
    calls++;
    return Promise.resolve(queued-- > 0 ? DISPATCHED : undefined);
  };
  const loop = dispatchLoop({ dispatchNext }, wake, stop.signal);
  while (calls < 4) await Promise.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(calls, 4, "an empty queue is not polled");
  queued = 1;
  wake.wake();
  while (calls < 6) await Promise.resolve();
  stop.abort();
  await loop;
});

Deno.test("a dispatch loop that throws does not die quietly", async () => {
  const dispatchNext = () => Promise.reject(new Error("a bug"));
  const { signal } = new AbortController();
  await assert.rejects(dispatchLoop({ dispatchNext }, createWake(), signal), /a bug/);
});

Deno.test("each tick wakes the dispatcher and prunes until there is no more to prune", async () => {
  const stop = new AbortController();
  const ticks: number[] = [];
  let pieces = 0;
  const parts = tickingParts(
    schedulerOf({
      tick: (at) => {
        ticks.push(at);
        return [];
      },
      prune: () => ++pieces < 3 || (stop.abort(), false),
    }),
    stop.signal,
  );
  assert.equal(await tickLoop(parts), "stopped");
  await parts.wake.sleep(new AbortController().signal);
  assert.deepEqual({ ticks, pieces }, { ticks: [1], pieces: 3 });
});

Deno.test("the tick loop ends before it touches a database that is not in its place", async () => {
  const parts = tickingParts(
    schedulerOf({
      tick: () => {
        throw new Error("ticked");
      },
    }),
    new AbortController().signal,
  );
  assert.equal(await tickLoop({ ...parts, isDatabaseInPlace: () => false }), "database replaced");
});

Deno.test("a tick that fails for another reason than storage ends the loop with its error", async () => {
  const parts = tickingParts(
    schedulerOf({
      tick: () => {
        throw new Error("a bug");
      },
    }),
    new AbortController().signal,
  );
  await assert.rejects(tickLoop(parts), /a bug/);
});
