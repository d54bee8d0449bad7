import assert from "node:assert/strict";
import { createWake } from "../../src/base/wake.ts";
import type { Job } from "../../src/core/job.ts";
import type { Claimed } from "../../src/dispatcher/dispatch.ts";
import { runLoop } from "../support/dispatch.ts";
import { jobOf } from "../support/jobs.ts";

const CLAIMED: Claimed = { kind: "job", job: jobOf() };
const NONE: Claimed = { kind: "none" };

Deno.test("the dispatch loop starts all queued jobs without a pause, then sleeps until it is woken", async () => {
  const stop = new AbortController();
  const wake = createWake();
  let queued = 3;
  let claims = 0;
  const claim = () => {
    claims++;
    return Promise.resolve(queued-- > 0 ? CLAIMED : NONE);
  };
  const run = () => new Promise(() => {}); // a job that never ends delays no other one
  const loop = runLoop({ claim, run, wake, stop: stop.signal });
  while (claims < 4) await Promise.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(claims, 4, "an empty queue is not polled");
  queued = 1;
  wake.wake();
  while (claims < 6) await Promise.resolve();
  stop.abort();
  void loop;
});

Deno.test("the end of a job makes the loop claim again", async () => {
  const stop = new AbortController();
  const ends: (() => void)[] = [];
  let claims = 0;
  const claim = () => Promise.resolve(++claims === 1 ? CLAIMED : NONE);
  const run = () => new Promise<void>((resolve) => ends.push(resolve));
  const loop = runLoop({ claim, run, stop: stop.signal });
  while (claims < 2) await Promise.resolve();
  ends[0]?.();
  while (claims < 3) await Promise.resolve();
  stop.abort();
  await loop;
});

Deno.test("the loop wakes by itself when the next wait is over", async () => {
  const stop = new AbortController();
  let claims = 0;
  const claim = () => {
    if (++claims === 2) stop.abort();
    return Promise.resolve<Claimed>({ kind: "none", until: Date.now() + 20 });
  };
  await runLoop({ claim, stop: stop.signal });
  assert.equal(claims, 2);
});

Deno.test("a claim that throws ends the loop, once the running jobs have ended", async () => {
  let end = () => {};
  const faults: unknown[] = [];
  let claims = 0;
  const claim = () =>
    ++claims === 1 ? Promise.resolve(CLAIMED) : Promise.reject(new Error("a bug"));
  const run = () => new Promise<void>((resolve) => end = resolve);
  const stop = new AbortController().signal;
  let hasEnded = false;
  const loop = runLoop({ claim, run, stop, hear: (fault) => faults.push(fault) })
    .finally(() => hasEnded = true);
  loop.catch(() => {});
  while (faults.length === 0) await Promise.resolve();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.equal(hasEnded, false, "a running job is waited for");
  end();
  await assert.rejects(loop, /a bug/);
});

Deno.test("a job that throws is heard of at once, and ends no other", async () => {
  const stop = new AbortController();
  const jobs = [jobOf({ id: "bad" }), jobOf({ id: "good" })];
  const ran: string[] = [];
  const claim = () => {
    const job = jobs.shift();
    return Promise.resolve<Claimed>(job === undefined ? NONE : { kind: "job", job });
  };
  const run = async (job: Job) => {
    if (job.id === "bad") throw new Error("a bug");
    await Promise.resolve();
    ran.push(job.id);
    stop.abort();
  };
  await assert.rejects(runLoop({ claim, run, stop: stop.signal }), /a bug/);
  assert.deepEqual(ran, ["good"]);
});

Deno.test("timers and signals get their turn between jobs that wait for nothing", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 0);
  let jobs = 0;
  const claim = () => {
    assert.ok(jobs++ < 1_000_000, "no timer gets its turn");
    return Promise.resolve(CLAIMED);
  };
  await runLoop({ claim, stop: stop.signal });
});

Deno.test("a wake-up while a job waits for its time makes the loop claim once more, not for ever", async () => {
  const stop = new AbortController();
  const wake = createWake();
  let claims = 0;
  const claim = () => {
    if (++claims > 1_000) stop.abort(); // it would never end, and no timer would have its turn
    return Promise.resolve<Claimed>({ kind: "none", until: Date.now() + 60_000 });
  };
  const loop = runLoop({ claim, wake, stop: stop.signal });
  for (let n = 2; n <= 4; n++) {
    wake.wake();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(claims, n);
  }
  stop.abort();
  await loop;
});
