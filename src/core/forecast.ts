import { type BreakerPolicy, type Health, UNTRIED } from "./breaker.ts";
import { decideRun, type RunDecision } from "./gate.ts";
import type { Pause } from "./pause.ts";
import { drawPlan, dueToleranceMs, type Plan, revise, type Scheduled } from "./schedule.ts";

/** The ticks of a gateway. In milliseconds. */
export interface Ticks {
  /** The time of one of them, since the epoch. */
  readonly tickAt: number;
  readonly intervalMs: number;
}

/** What decides when an entry is polled. Times in milliseconds since the epoch. */
export interface PollFacts extends Scheduled {
  readonly plan: Plan | undefined;
  /** Of its polls. */
  readonly health: Health;
  readonly circuitBreaker: BreakerPolicy | undefined;
  /** What holds the entry back, if it is paused. */
  readonly pause?: Pause | undefined;
  /** How long a job of it lives at least; `undefined` if none does, or if it may end at any time. */
  readonly liveUntil: number | undefined;
}

/** When something happens: it depends on a draw that has not been made. In milliseconds since the epoch. */
export interface Span {
  readonly earliestAt: number;
  readonly latestAt: number;
}

/** When an entry is polled if each of its jobs succeeds before its next turn. */
export interface Forecast {
  readonly first: Span;
  /** The time from one poll to the next, in milliseconds. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** The first tick at or after `from`, in milliseconds since the epoch. */
export function tickFrom({ tickAt, intervalMs }: Ticks, from: number): number {
  return tickAt + Math.ceil((from - tickAt) / intervalMs) * intervalMs;
}

/**
 * When an entry is polled from `from` on, by the functions that the scheduler obeys. A draw that has not
 * been made yet is as early or as late as it can be. Source: docs/decisions.md, "The schedule".
 */
export function forecastPolls(facts: PollFacts, ticks: Ticks, from: number): Forecast {
  const early = drawPolls(facts, ticks, from, () => 0);
  const late = drawPolls(facts, ticks, from, () => 1);
  return {
    first: { earliestAt: early.firstAt, latestAt: late.firstAt },
    shortestMs: early.periodMs,
    longestMs: late.periodMs,
  };
}

/** The `n`th poll of a forecast, from 0 on. */
export function nthPoll({ first, shortestMs, longestMs }: Forecast, n: number): Span {
  return {
    earliestAt: first.earliestAt + n * shortestMs,
    latestAt: first.latestAt + n * longestMs,
  };
}

/** The fewest and the most polls of a forecast up to `until`, in milliseconds since the epoch. */
export function countPolls(
  { first, shortestMs, longestMs }: Forecast,
  until: number,
): { readonly atLeast: number; readonly atMost: number } {
  const count = (firstAt: number, periodMs: number) =>
    Math.max(0, Math.floor((until - firstAt) / periodMs) + 1);
  return {
    atLeast: count(first.latestAt, longestMs),
    atMost: count(first.earliestAt, shortestMs),
  };
}

/** The first poll, and the time to each further one: on a grid of ticks it is always the same. */
function drawPolls(facts: PollFacts, ticks: Ticks, from: number, random: () => number) {
  const tickAt = tickFrom(ticks, from);
  const plan = facts.plan && revise(facts.plan, facts, tickAt, random).plan;
  const firstAt = findPoll({ ...facts, plan }, ticks, tickAt);
  const next = {
    plan: drawPlan(facts, firstAt, firstAt, random),
    health: UNTRIED,
    pause: undefined,
    liveUntil: undefined,
  };
  const secondAt = findPoll({ ...facts, ...next }, ticks, firstAt + ticks.intervalMs);
  return { firstAt, periodMs: secondAt - firstAt };
}

/** The first tick, from the one at `tickAt` on, that queues a poll. */
function findPoll(facts: PollFacts, ticks: Ticks, tickAt: number): number {
  const decision = decidePoll(facts, ticks, tickAt);
  if (decision.run) return tickAt;
  const until = decision.until ?? facts.liveUntil ?? tickAt;
  const earliestAt = tickFrom(ticks, until - dueToleranceMs(ticks.intervalMs));
  return findPoll(facts, ticks, Math.max(tickAt + ticks.intervalMs, earliestAt));
}

/** What the scheduler decides at a tick if nothing changes until then. */
export function decidePoll(facts: PollFacts, ticks: Ticks, tickAt: number): RunDecision {
  const { liveUntil = -Infinity } = facts;
  const toleranceMs = dueToleranceMs(ticks.intervalMs);
  return decideRun({ ...facts, toleranceMs, hasLiveJob: () => tickAt <= liveUntil }, tickAt);
}
