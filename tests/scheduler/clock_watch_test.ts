import assert from "node:assert/strict";
import { startClockWatch } from "../../src/scheduler/clock_watch.ts";

const MINUTE = 60_000;

/** A watch on clocks that the test moves; a tick is a minute long. */
function createClocks(intervalMs = MINUTE) {
  let monotonicMs = 0;
  let wallMs = 1_000_000;
  const watch = startClockWatch(intervalMs, () => monotonicMs, () => wallMs);
  return (passedMs: number, setByMs = 0) => {
    monotonicMs += passedMs;
    wallMs += passedMs + setByMs;
    return watch.movedByMs();
  };
}

Deno.test("two clocks that run together have not moved, however late they are read", () => {
  const pass = createClocks();
  assert.deepEqual([pass(0), pass(MINUTE), pass(86_400_000), pass(0.4)], [0, 0, 0, 0]);
});

Deno.test("a wall clock that is set by more than a tick has moved once, in either direction", () => {
  const pass = createClocks();
  assert.equal(pass(MINUTE, MINUTE), 0);
  assert.equal(pass(MINUTE, MINUTE + 1), MINUTE + 1);
  assert.equal(pass(MINUTE), 0);
  assert.equal(pass(MINUTE, -86_400_000), -86_400_000);
  assert.equal(pass(MINUTE), 0);
});

Deno.test("a second does not count as a move, however short a tick is", () => {
  const pass = createClocks(100);
  assert.deepEqual([pass(100, 1_000), pass(100, -1_000), pass(100, 1_001)], [0, 0, 1_001]);
});
