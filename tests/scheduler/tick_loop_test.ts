import assert from "node:assert/strict";
import { createWake } from "../../src/base/wake.ts";
import { tickLoop, type TickLoopParts } from "../../src/scheduler/tick_loop.ts";
import { StorageUnreachable } from "../../src/sqlite/storage_error.ts";
import { recordingLog } from "../support/memory.ts";

const HOUR = 3_600_000;

/** The parts of a tick loop that ticks once, at time 1, and then waits an hour. */
function tickingParts(steps: Partial<TickLoopParts>, stop: AbortSignal): TickLoopParts {
  return {
    tick: () => [],
    lookAfter: () => {},
    prune: () => false,
    keepDatabase: () => {},
    intervalMs: HOUR,
    monotonic: () => 0,
    now: () => 1,
    wake: createWake(),
    log: recordingLog().log,
    stop,
    ...steps,
  };
}

Deno.test("each tick wakes the dispatcher and prunes until nothing is left to prune", async () => {
  const stop = new AbortController();
  const ticks: number[] = [];
  let pieces = 0;
  const parts = tickingParts(
    {
      tick: (at) => {
        ticks.push(at);
        return [];
      },
      prune: () => ++pieces < 3 || (stop.abort(), false),
    },
    stop.signal,
  );
  await tickLoop(parts);
  await parts.wake.sleep(new AbortController().signal);
  assert.deepEqual({ ticks, pieces }, { ticks: [1], pieces: 3 });
});

Deno.test("each tick first checks the database, and waits for it", async () => {
  const stop = new AbortController();
  const steps: string[] = [];
  const parts = tickingParts(
    {
      keepDatabase: () => {
        steps.push("keep");
        if (steps.length === 1) throw new StorageUnreachable("state.db", new Error("not now"));
      },
      tick: () => {
        steps.push("tick");
        stop.abort();
      },
    },
    stop.signal,
  );
  await tickLoop(parts);
  assert.deepEqual(steps, ["keep", "keep", "tick"]);
});

Deno.test("a tick that fails for a reason other than storage ends the loop with its error", async () => {
  const parts = tickingParts(
    {
      tick: () => {
        throw new Error("a bug");
      },
    },
    new AbortController().signal,
  );
  await assert.rejects(tickLoop(parts), /a bug/);
});

Deno.test("once the wall clock has moved, history is not pruned for an hour", async () => {
  const stop = new AbortController();
  const { log, lines } = recordingLog();
  const pruned: number[] = [];
  let tick = 0;
  // The ticks are ten minutes apart; the fourth finds the clock a day ahead.
  const monotonic = () => tick * 600_000;
  const parts = tickingParts({
    tick: () => [],
    intervalMs: 1,
    monotonic,
    now: () => monotonic() + (tick >= 4 ? 86_400_000 : 0),
    keepDatabase: () => void tick++,
    prune: () => {
      pruned.push(tick);
      if (tick === 11) stop.abort();
      return false;
    },
    log,
  }, stop.signal);
  await tickLoop(parts);
  assert.deepEqual(pruned, [1, 2, 3, 10, 11]);
  assert.deepEqual(lines, [{
    level: "warn",
    message: "Clock moved, history pruning paused for an hour",
    fields: { moved_by_ms: 86_400_000 },
  }]);
});

Deno.test("after each tick the holds on plugins are checked", async () => {
  const stop = new AbortController();
  const steps: string[] = [];
  const parts = tickingParts(
    {
      tick: () => steps.push("tick"),
      lookAfter: () => {
        steps.push("look");
        stop.abort();
        return Promise.resolve();
      },
    },
    stop.signal,
  );
  await tickLoop(parts);
  assert.deepEqual(steps, ["tick", "look"]);
});
