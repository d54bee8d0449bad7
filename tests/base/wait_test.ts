import assert from "node:assert/strict";
import { backoffMs, settlesWithin, wait, within } from "../../src/base/wait.ts";

/** Replaces Deno's `setTimeout` with a recording one until the result is disposed of. */
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

Deno.test("a wait longer than the longest timer takes several timers", async () => {
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

Deno.test("a pause doubles with each earlier failure, up to half a minute", () => {
  assert.deepEqual([0, 1, 2, 8, 9, 5_000].map(backoffMs), [100, 200, 400, 25_600, 30_000, 30_000]);
});

Deno.test("a promise that is late gives undefined, and one that fails counts as settled", async () => {
  const never = new Promise<string>(() => {});
  assert.equal(await within(Promise.resolve("it"), 60_000), "it");
  assert.equal(await within(never, 0), undefined);
  assert.equal(await within(never, 60_000, AbortSignal.abort()), undefined);
  assert.equal(await settlesWithin(never, 0), false);
  assert.equal(await settlesWithin(Promise.reject(new Error("it")), 60_000), true);
});
