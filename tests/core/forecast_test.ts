import fc from "fast-check";
import assert from "node:assert/strict";
import { UNTRIED } from "../../src/core/breaker.ts";
import {
  countPolls,
  decidePoll,
  forecastPolls,
  nthPoll,
  type PollFacts,
  tickFrom,
} from "../../src/core/forecast.ts";
import { drawPlan } from "../../src/core/schedule.ts";

const START = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TICKS = { tickAt: START, intervalMs: MINUTE };

const SCHEDULE = { everyMs: 5 * MINUTE, jitterMs: 0 };
const PLAN = {
  plugin: "echo",
  ...SCHEDULE,
  nextRunAt: START + 3 * MINUTE,
  lastRunAt: START - 2 * MINUTE,
};

function factsOf(changes: Partial<PollFacts> = {}): PollFacts {
  return {
    name: "echo",
    schedule: SCHEDULE,
    plan: PLAN,
    health: UNTRIED,
    circuitBreaker: undefined,
    liveUntil: undefined,
    ...changes,
  };
}

const firstOf = (changes: Partial<PollFacts>, from = START) =>
  forecastPolls(factsOf(changes), TICKS, from).first;
const at = (minutes: number) => ({
  earliestAt: START + minutes * MINUTE,
  latestAt: START + minutes * MINUTE,
});

Deno.test("the first tick from a time on is on the grid, not before it, and less than an interval later", () => {
  const grid = fc.integer({ min: 100, max: HOUR });
  const offset = fc.integer({ min: -10 * HOUR, max: 10 * HOUR });
  fc.assert(fc.property(grid, offset, (intervalMs, offsetMs) => {
    const tickAt = tickFrom({ tickAt: START, intervalMs }, START + offsetMs);
    assert.equal(Math.abs(tickAt - START) % intervalMs, 0);
    assert.ok(tickAt >= START + offsetMs && tickAt < START + offsetMs + intervalMs);
  }));
});

Deno.test("without jitter the first poll is that of the plan, and each further one an interval later", () => {
  const forecast = forecastPolls(factsOf(), TICKS, START);
  assert.deepEqual(forecast, { first: at(3), shortestMs: 5 * MINUTE, longestMs: 5 * MINUTE });
  assert.deepEqual(nthPoll(forecast, 2), at(13));
});

Deno.test("a poll is at a tick: up to the tolerance before its time, else the next one", () => {
  const planned = (nextRunAt: number) => ({ plan: { ...PLAN, nextRunAt } });
  assert.deepEqual(firstOf(planned(START + 3 * MINUTE + 600)), at(3));
  assert.deepEqual(firstOf(planned(START + 3 * MINUTE + 601)), at(4));
});

Deno.test("an entry without a plan is polled at the first tick, one that is overdue as well", () => {
  assert.deepEqual(firstOf({ plan: undefined }, START + 1), at(1));
  assert.deepEqual(firstOf({}, START + 20 * MINUTE), at(20));
});

Deno.test("an interval shorter than a tick means a poll at each tick", () => {
  const schedule = { everyMs: 1_000, jitterMs: 0 };
  const { shortestMs, longestMs } = forecastPolls(factsOf({ schedule }), TICKS, START);
  assert.deepEqual([shortestMs, longestMs], [MINUTE, MINUTE]);
});

Deno.test("an open breaker delays the first poll only", () => {
  const health = { ...UNTRIED, failures: 3, lastFailureAt: START - MINUTE };
  const circuitBreaker = { threshold: 3, resetAfterMs: 30 * MINUTE };
  const forecast = forecastPolls(factsOf({ health, circuitBreaker }), TICKS, START);
  assert.deepEqual(forecast.first, at(29));
  assert.equal(forecast.longestMs, 5 * MINUTE);
});

Deno.test("the first poll closes the breaker, whatever the clock was when it failed last", () => {
  const health = { ...UNTRIED, failures: 3, lastFailureAt: START + 6 * MINUTE };
  const circuitBreaker = { threshold: 3, resetAfterMs: 30 * MINUTE };
  const forecast = forecastPolls(factsOf({ health, circuitBreaker }), TICKS, START);
  assert.deepEqual([forecast.first, forecast.longestMs], [at(3), 5 * MINUTE]);
});

Deno.test("a job that lives until a time delays the first poll", () => {
  assert.deepEqual(firstOf({ liveUntil: START + 7 * MINUTE - 1 }), at(7));
  assert.deepEqual(firstOf({ liveUntil: START + 7 * MINUTE }), at(8));
});

Deno.test("a plan that the next tick draws again is as early or as late as that draw can be", () => {
  const schedule = { everyMs: 10 * MINUTE, jitterMs: 4 * MINUTE };
  assert.deepEqual(firstOf({ schedule }), {
    earliestAt: START + 6 * MINUTE,
    latestAt: START + 10 * MINUTE,
  });
  const unreadable = { ...PLAN, nextRunAt: NaN, everyMs: NaN, unreadable: "garbage" };
  assert.deepEqual(firstOf({ plan: unreadable }), at(5));
});

/** Polls as the scheduler makes them, tick by tick, until `until`. */
function simulate(facts: PollFacts, ticks: typeof TICKS, until: number, random: () => number) {
  let { plan } = facts;
  const polls: number[] = [];
  for (let tickAt = ticks.tickAt; tickAt <= until; tickAt += ticks.intervalMs) {
    if (!decidePoll({ ...facts, plan }, ticks, tickAt).run) continue;
    polls.push(tickAt);
    plan = drawPlan(facts, tickAt, tickAt, random);
  }
  return polls;
}

Deno.test("whatever is drawn, each poll is within its forecast, and so is their number", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 90 * MINUTE }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 10_000, max: 10 * MINUTE }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
    (everyMs, share, intervalMs, draws) => {
      const schedule = { everyMs, jitterMs: Math.floor(everyMs * share) };
      const plan = drawPlan({ name: "echo", schedule }, START - 1, START - 1, () => 0.5);
      const facts = factsOf({ schedule, plan });
      const ticks = { tickAt: START, intervalMs };
      const until = START + 5 * HOUR;
      const polls = simulate(facts, ticks, until, () => draws.next().value ?? 0);
      const forecast = forecastPolls(facts, ticks, START);
      for (const [n, pollAt] of polls.entries()) {
        const { earliestAt, latestAt } = nthPoll(forecast, n);
        assert.ok(pollAt >= earliestAt && pollAt <= latestAt);
      }
      const { atLeast, atMost } = countPolls(forecast, until);
      assert.ok(polls.length >= atLeast && polls.length <= atMost);
      if (schedule.jitterMs === 0) assert.equal(atLeast, atMost);
    },
  ));
});

Deno.test("polls are counted up to a time, itself included", () => {
  const forecast = forecastPolls(factsOf(), TICKS, START);
  const count = (minutes: number) => countPolls(forecast, START + minutes * MINUTE);
  assert.deepEqual(count(2), { atLeast: 0, atMost: 0 });
  assert.deepEqual(count(3), { atLeast: 1, atMost: 1 });
  assert.deepEqual(count(13), { atLeast: 3, atMost: 3 });
  const schedule = { everyMs: 5 * MINUTE, jitterMs: 2 * MINUTE };
  const plan = { ...PLAN, ...schedule };
  const drawn = forecastPolls(factsOf({ schedule, plan }), TICKS, START);
  assert.deepEqual(countPolls(drawn, START + 15 * MINUTE), { atLeast: 3, atMost: 4 });
});
