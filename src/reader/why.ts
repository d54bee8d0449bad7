import { decidePoll, forecastPolls, type Span } from "../core/forecast.ts";
import { findOccupied } from "../core/lanes.ts";
import { OPERATOR } from "../core/job.ts";
import { revise, type Revision } from "../core/schedule.ts";
import type { JobFacts } from "./jobs.ts";
import type { EntryStatus } from "./status.ts";
import { isOrphan, type WhyFacts } from "./why_facts.ts";

/** Why a plugin does not run now, the first that holds: what comes first has to change first. */
export const REASONS = [
  "never started",
  "not loaded",
  "disabled",
  "refused",
  "stopped",
  "silent",
  "orphaned",
  "running",
  "own job",
  "paused",
  "retry",
  "lanes full",
  "pool full",
  "held back",
  "starting",
  "schedule unreadable",
  "schedule changed",
  "clock moved back",
  "breaker open",
  "not due",
  "due",
] as const;

/** Why a plugin does not run now; "running" if it does. */
export type WhyReason = typeof REASONS[number];

/** The answer to why a plugin does not run now. Times in milliseconds since the epoch. */
export interface Why {
  readonly reason: WhyReason;
  /** When that ends, at the latest, if time alone ends it. */
  readonly until?: number | undefined;
  /** The job that it is about. */
  readonly job?: JobFacts | undefined;
  /** The jobs that take its place. */
  readonly by?: readonly JobFacts[] | undefined;
}

/** Says why an entry does not run at `now`, by the functions that scheduler and dispatcher obey. */
export function explain(facts: WhyFacts, now: number): Why {
  const { life, one } = facts;
  if (life === "never started") return { reason: life };
  if (one === undefined) return { reason: "not loaded" };
  const { status } = one.entry;
  if (status !== "enabled") return { reason: status };
  if (life !== "running") return { reason: life };
  const { job } = facts;
  if (job?.status === "running") return explainRunning(facts, one, job);
  if (one.pause !== undefined && job?.submittedBy !== OPERATOR) {
    return { reason: "paused", until: one.pause.until, job };
  }
  return job === undefined ? explainSchedule(facts) : explainQueued(facts, one, job, now);
}

/** When the next poll of an entry is queued; `undefined` if nothing says. */
export function nextPollOf({ polls, ticks, nextTickAt }: WhyFacts): Span | undefined {
  return polls && forecastPolls(polls, ticks, nextTickAt).first;
}

/** The longest time for which a job may run from `startedAt` on: up to its deadline. */
export function deadlineOf({ startedAt, command }: JobFacts, { entry }: EntryStatus): number {
  return (startedAt ?? NaN) + (entry.settings?.timeoutsMs[command] ?? NaN);
}

function explainRunning({ gateway, queued }: WhyFacts, one: EntryStatus, job: JobFacts): Why {
  if (isOrphan(job, gateway)) return { reason: "orphaned", job };
  const until = deadlineOf(job, one);
  return queued > 0
    ? { reason: "own job", job, until, by: [job] }
    : { reason: "running", job, until };
}

function explainQueued(facts: WhyFacts, one: EntryStatus, job: JobFacts, now: number): Why {
  if (job.notBefore !== undefined && job.notBefore > now) {
    return { reason: "retry", job, until: job.notBefore };
  }
  const { name, running, entries, lanes } = facts;
  const user = { name, pool: one.entry.settings?.pool };
  const occupied = findOccupied(user, running.map(({ plugin }) => plugin), entries, lanes);
  if (occupied === undefined) {
    return { reason: isHeldBack(facts, one, job, now) ? "held back" : "starting", job };
  }
  const by = running.filter(({ plugin }) => occupied.by.includes(plugin));
  return { reason: occupied.because, job, by };
}

/** How long the dispatcher may take for a job that nothing keeps from starting. */
const CLAIM_MS = 5_000;

/**
 * Whether the gateway must be holding back a job: the database does not say so. It does after an
 * interruption, until nothing is left of the earlier attempt; and a job that could have started since the
 * last other one ended, and has not, is held back as well.
 */
function isHeldBack(
  { gateway, lastEndedAt }: WhyFacts,
  { last }: EntryStatus,
  { id, attempt, createdAt, notBefore }: JobFacts,
  now: number,
): boolean {
  if (attempt > 1 && last?.jobId === id && last.status === "interrupted") return true;
  const readySince = [createdAt, notBefore, gateway?.startedAt, lastEndedAt]
    .map((at = NaN) => Number.isFinite(at) ? at : -Infinity);
  return now - Math.max(...readySince) > CLAIM_MS;
}

const STALE: Readonly<Record<NonNullable<Revision["because"]>, WhyReason>> = {
  unreadable: "schedule unreadable",
  "schedule changed": "schedule changed",
  "clock moved back": "clock moved back",
};

/** What the next tick decides. A poll that is due while the breaker is open waits for the breaker. */
function explainSchedule(facts: WhyFacts): Why {
  const { polls, ticks, nextTickAt } = facts;
  if (polls === undefined) return { reason: "schedule unreadable" };
  const until = nextPollOf(facts)?.latestAt;
  const because = polls.plan && revise(polls.plan, polls, nextTickAt, () => 0.5).because;
  if (because !== undefined) return { reason: STALE[because], until };
  const decision = decidePoll(polls, ticks, nextTickAt);
  if (decision.run) return { reason: "due", until };
  const dueAt = decision.because === "not due" ? decision.until ?? nextTickAt : nextTickAt;
  const then = decidePoll(polls, ticks, dueAt);
  const isOpen = !then.run && then.because === "breaker open";
  return { reason: isOpen ? "breaker open" : "not due", until };
}
