import assert from "node:assert/strict";
import { createWake } from "../../src/base/wake.ts";
import type { Dispatched } from "../../src/dispatcher/dispatch.ts";
import { dispatchLoop } from "../../src/dispatcher/dispatch_loop.ts";
import { attemptOf, jobOf } from "../support/jobs.ts";

const JOB = jobOf();
const SETTLED: Dispatched = {
  kind: "settled",
  attempt: attemptOf(JOB),
  verdict: { status: "succeeded" },
};

Deno.test("the dispatch loop runs all queued jobs without a pause, then sleeps until it is woken", async () => {
  const stop = new AbortController();
  const wake = createWake();
  let queued = 3;
  let calls = 0;
  const dispatchNext = () => {
    calls++;
    return Promise.resolve<Dispatched>(queued-- > 0 ? SETTLED : { kind: "idle" });
  };
  const loop = dispatchLoop(dispatchNext, wake, stop.signal);
  while (calls < 4) await Promise.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(calls, 4, "an empty queue is not polled");
  queued = 1;
  wake.wake();
  while (calls < 6) await Promise.resolve();
  stop.abort();
  await loop;
});

Deno.test("a dispatch loop that throws does not end silently", async () => {
  const dispatchNext = () => Promise.reject(new Error("a bug"));
  const { signal } = new AbortController();
  await assert.rejects(dispatchLoop(dispatchNext, createWake(), signal), /a bug/);
});

Deno.test("the loop does not sleep after a job that is no longer running", async () => {
  const stop = new AbortController();
  const steps: Dispatched[] = [{ kind: "lost", job: JOB }, SETTLED];
  const dispatchNext = () => {
    const step = steps.shift();
    if (step === undefined) stop.abort();
    return Promise.resolve<Dispatched>(step ?? { kind: "stopping" });
  };
  await dispatchLoop(dispatchNext, createWake(), stop.signal);
  assert.deepEqual(steps, []);
});

Deno.test("timers and signals get their turn between jobs that wait for nothing", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 0);
  let jobs = 0;
  await dispatchLoop(
    () => {
      assert.ok(jobs++ < 1_000_000, "no timer gets its turn");
      return Promise.resolve(SETTLED);
    },
    createWake(),
    stop.signal,
  );
});
