import { formatDuration } from "../base/duration.ts";
import { deadlineOf, nextPollOf, type Why } from "../reader/why.ts";
import type { WhyFacts } from "../reader/why_facts.ts";
import type { Fact } from "./facts.ts";
import { formatAgo, formatDistance, formatSpan, formatTime, formatWhen } from "./times.ts";

/** What decides whether an entry runs, a line each. */
export function detailsOf(facts: WhyFacts, why: Why, now: number): readonly Fact[] {
  return [
    ["gateway", describeGateway(facts, now)],
    ["schedule", describeSchedule(facts)],
    ["last draw", describeDraw(facts, now)],
    ["next poll", describeNextPoll(facts, now)],
    ["job", describeJob(facts, why, now)],
    ["queue", describeQueue(facts)],
    ["lanes", describeLanes(facts)],
    ["pool", describePool(facts)],
    ["last run", describeLast(facts, now)],
    ["circuit breaker", describeBreaker(facts, now)],
  ];
}

function describeGateway({ gateway, life, nextTickAt }: WhyFacts, now: number): string {
  if (gateway === undefined) return "";
  const since = `pid ${gateway.pid}, since ${formatTime(gateway.startedAt, now)}`;
  return life === "running"
    ? `${since}; next tick at ${formatWhen(nextTickAt, now)}`
    : `not running; last tick at ${formatWhen(gateway.tickAt, now)}`;
}

function describeSchedule({ polls }: WhyFacts): string {
  if (polls === undefined) return "";
  const { everyMs, jitterMs } = polls.schedule;
  const jitter = jitterMs > 0 ? `, jitter ${formatDuration(jitterMs)}` : "";
  return `every ${formatDuration(everyMs)}${jitter}`;
}

/** How the next run was drawn from the last one, if it was. */
function describeDraw({ polls }: WhyFacts, now: number): string {
  const { plan } = polls ?? {};
  if (plan === undefined || plan.unreadable !== undefined) return "";
  const drawnMs = plan.nextRunAt - plan.lastRunAt - plan.everyMs;
  const next = formatTime(plan.nextRunAt, now);
  if (Math.abs(drawnMs) > plan.jitterMs / 2 + 1) return `${next}, not counted from the last run`;
  const sign = drawnMs < 0 ? "-" : "+";
  const jitter = plan.jitterMs > 0
    ? ` ${sign} ${formatDuration(Math.abs(drawnMs))} of up to ${formatDuration(plan.jitterMs / 2)}`
    : "";
  return `${next} = ${formatTime(plan.lastRunAt, now)} + ${formatDuration(plan.everyMs)}${jitter}`;
}

function describeNextPoll(facts: WhyFacts, now: number): string {
  const span = facts.life === "running" ? nextPollOf(facts) : undefined;
  if (span === undefined) return "";
  const { earliestAt, latestAt } = span;
  const to = latestAt > earliestAt ? ` to ${formatTime(latestAt, now)}` : "";
  const after = facts.job === undefined ? "" : ", if its job has ended by then";
  return `${formatTime(earliestAt, now)}${to} (${formatDistance(earliestAt, now)})${after}`;
}

function describeJob({ job, shortId, one }: WhyFacts, { reason }: Why, now: number): string {
  if (job === undefined) return "";
  const attempt = `attempt ${job.attempt} of ${job.maxAttempts}`;
  const queued = `queued ${formatDistance(job.createdAt, now)} by ${job.submittedBy}`;
  if (job.status !== "running") return `${shortId}, ${attempt}, ${queued}`;
  const pid = job.pid === undefined ? "" : `, pid ${job.pid}`;
  const leftMs = one === undefined ? NaN : deadlineOf(job, one) - now;
  const left = reason === "orphaned" || !Number.isFinite(leftMs)
    ? ""
    : leftMs < 0
    ? "; its deadline has passed"
    : `; ${formatSpan(leftMs, 1_000)} left`;
  return `${shortId}, ${attempt}${pid}, started ${
    formatDistance(job.startedAt ?? NaN, now)
  }${left}`;
}

function describeQueue({ queued, ahead }: WhyFacts): string {
  if (queued === 0) return "";
  const others = ahead === 1 ? "1 other entry has" : `${ahead} other entries have`;
  return `${queued} queued${ahead > 0 ? `; ${others} a job ahead of it` : ""}`;
}

function describeLanes({ running, lanes, job }: WhyFacts): string {
  if (job === undefined || !Number.isFinite(lanes.total)) return "";
  return `${running.length} of ${lanes.total} taken${namesOf(running.map(({ plugin }) => plugin))}`;
}

function describePool({ one, running, entries, lanes }: WhyFacts): string {
  const pool = one?.entry.settings?.pool;
  if (pool === undefined) return "";
  const taken = running.map(({ plugin }) => plugin)
    .filter((name) => entries.get(name)?.pool === pool);
  return `${pool}, ${taken.length} of ${lanes.pools.get(pool) ?? "?"} taken${namesOf(taken)}`;
}

/** The most entries that a line names. */
const MAX_NAMES = 5;

function namesOf(names: readonly string[]): string {
  if (names.length === 0) return "";
  const rest = names.length - MAX_NAMES;
  return ` by ${names.slice(0, MAX_NAMES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function describeLast({ one }: WhyFacts, now: number): string {
  if (one === undefined || one.entry.status !== "enabled") return "";
  const { last } = one;
  if (last === undefined) return "none yet";
  const error = last.error ?? last.reason;
  return `${last.status} ${formatAgo(last.endedAt, now)}${error === undefined ? "" : `: ${error}`}`;
}

function describeBreaker({ one }: WhyFacts, now: number): string {
  const policy = one?.entry.settings?.circuitBreaker;
  if (one === undefined || policy === undefined) return "";
  const { breaker, health } = one;
  const { threshold } = policy;
  const { failures: n } = health;
  const failures = `${n} ${n === 1 ? "failure" : "failures"} in a row, opens at ${threshold}`;
  return breaker.state === "open"
    ? `open until ${formatWhen(breaker.until, now)}, ${failures}`
    : `${breaker.state}, ${failures}`;
}
