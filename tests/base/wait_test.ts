import assert from "node:assert/strict";
import { wait } from "../../src/base/wait.ts";

/** Puts a recording `setTimeout` in the place of Deno's, for as long as the result lives. */
function recordTimers() {
  const { setTimeout, clearTimeout } = globalThis;
  const timers: { readonly fire: () => void; readonly ms: number }[] = [];
  const replacement = (fire: () => void, ms = 0) => timers.push({ fire, ms });
  Object.assign(globalThis, { setTimeout: replacement, clearTimeout: () => {} });
  return {
    timers,
    [Symbol.dispose]: () => Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}

Deno.test("a wait longer than one timer can be is made of several", async () => {
  using recorded = recordTimers();
  const longest = 2 ** 31 - 1;
  let isOver = false;
  const over = wait(longest + 5_000).done.then(() => isOver = true);
  assert.deepEqual(recorded.timers.map(({ ms }) => ms), [longest]);
  recorded.timers[0]?.fire();
  await Promise.resolve();
  assert.equal(isOver, false);
  assert.deepEqual(recorded.timers.map(({ ms }) => ms), [longest, 5_000]);
  recorded.timers[1]?.fire();
  await over;
});

Deno.test("a wait ends at once when its signal aborts, before or after it began", async () => {
  const stop = new AbortController();
  const began = wait(86_400_000, stop.signal);
  stop.abort();
  await began.done;
  await wait(86_400_000, stop.signal).done;
});

Deno.test("a wait that is disposed of settles and leaves no timer behind", async () => {
  const ended = wait(86_400_000);
  ended[Symbol.dispose]();
  await ended.done;
});
