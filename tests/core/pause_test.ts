import assert from "node:assert/strict";
import { afterJob, UNTRIED } from "../../src/core/breaker.ts";
import { decideRun } from "../../src/core/gate.ts";
import { ALL_ENTRIES, nextEnd, type Pause, pauseOf, pausesOf } from "../../src/core/pause.ts";

function pause(plugin: string, until?: number): Pause {
  return { plugin, pausedAt: 0, until, pausedBy: "me" };
}

const mapOf = (...pauses: readonly Pause[]) => new Map(pauses.map((one) => [one.plugin, one]));

Deno.test("an entry is paused by its own pause or by that of all, until it is over", () => {
  const own = pause("a", 100);
  const all = pause(ALL_ENTRIES, 200);
  assert.equal(pauseOf(mapOf(), "a", 0), undefined);
  assert.equal(pauseOf(mapOf(own), "a", 99), own);
  assert.equal(pauseOf(mapOf(own), "a", 100), undefined);
  assert.equal(pauseOf(mapOf(own), "b", 0), undefined);
  assert.equal(pauseOf(mapOf(own, all), "b", 0), all);
  assert.equal(pauseOf(mapOf(own, all), "a", 150), all);
  assert.equal(pauseOf(mapOf(own, all), "a", 50), all, "it ends last");
  assert.equal(pauseOf(mapOf(pause("a", 300), all), "a", 50)?.until, 300);
  const [endless, endlessForAll] = [pause("a"), pause(ALL_ENTRIES)];
  assert.equal(pauseOf(mapOf(endless, all), "a", 50), endless, "nothing ends it");
  assert.equal(pauseOf(mapOf(own, endlessForAll), "a", 50), endlessForAll);
  assert.equal(pauseOf(mapOf(endless, endlessForAll), "a", 50), endlessForAll, "to be ended first");
  assert.deepEqual(pausesOf(mapOf(own, all), "a", 50), [all, own]);
  assert.deepEqual(pausesOf(mapOf(own, all), "a", 100), [all]);
  assert.ok(pauseOf(mapOf(pause("a")), "a", Number.MAX_SAFE_INTEGER));
});

Deno.test("the dispatcher wakes up at the first end of a pause that is still to come", () => {
  assert.equal(nextEnd(mapOf(), 0), undefined);
  assert.equal(
    nextEnd(mapOf(pause("a"), pause("b", 50), pause("c", 300), pause("d", 200)), 100),
    200,
  );
  assert.equal(nextEnd(mapOf(pause("a"), pause("b", 100)), 100), undefined);
});

Deno.test("a pause wins over an open breaker, so that no probe is made, and ends before a live job counts", () => {
  const due = {
    ...{ plan: undefined, toleranceMs: 0, hasLiveJob: () => true },
    health: afterJob(UNTRIED, false, 0),
    circuitBreaker: { threshold: 1, resetAfterMs: 500 },
  };
  assert.deepEqual(decideRun({ ...due, pause: pause("a", 300) }, 0), {
    run: false,
    because: "paused",
    until: 300,
  });
  assert.deepEqual(decideRun({ ...due, pause: pause("a", 0) }, 0), {
    run: false,
    because: "breaker open",
    until: 500,
  });
});
