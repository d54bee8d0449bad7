import type { JobFacts } from "../reader/jobs.ts";
import type { EntryStatus } from "../reader/status.ts";
import { deadlineOf, nextPollOf, type Why } from "../reader/why.ts";
import type { WhyFacts } from "../reader/why_facts.ts";
import { toTime } from "./status_json.ts";
import type { WhyJson } from "./why_schema.ts";

/** The answer as programs read it. */
export function toWhyJson(
  facts: WhyFacts,
  why: Why,
  about: Pick<WhyJson, "config" | "config_changed" | "sentence">,
): WhyJson {
  const { one, polls, lanes } = facts;
  const span = nextPollOf(facts);
  const pool = one?.entry.settings?.pool;
  const { refusal: code, error } = one?.entry ?? {};
  return {
    ...about,
    entry: facts.name,
    reason: why.reason,
    until: toTime(why.until),
    refusal: why.reason === "refused" ? { code: code ?? null, error: error ?? null } : null,
    job: facts.job === undefined ? null : toJob(facts.job, one),
    taken_by: (why.by ?? []).map(({ plugin, id, startedAt }) => ({
      entry: plugin,
      job_id: id,
      started_at: toTime(startedAt),
    })),
    queued: facts.queued,
    entries_ahead: facts.ahead,
    running: facts.running.length,
    max_running: whole(lanes.total),
    pool: pool === undefined ? null : { name: pool, places: whole(lanes.pools.get(pool)) },
    schedule: polls === undefined ? null : {
      every_ms: polls.schedule.everyMs,
      jitter_ms: polls.schedule.jitterMs,
      last_run_at: toTime(polls.plan?.lastRunAt),
      next_run_at: toTime(polls.plan?.nextRunAt),
    },
    next_tick_at: facts.life === "running" ? toTime(facts.nextTickAt) : null,
    next_poll: span === undefined || facts.life !== "running"
      ? null
      : { earliest_at: toTime(span.earliestAt), latest_at: toTime(span.latestAt) },
    circuit_breaker: toBreaker(one),
    gateway: facts.life,
  };
}

function toJob(job: JobFacts, one: EntryStatus | undefined): NonNullable<WhyJson["job"]> {
  return {
    id: job.id,
    status: job.status,
    attempt: whole(job.attempt),
    max_attempts: whole(job.maxAttempts),
    submitted_by: job.submittedBy,
    created_at: toTime(job.createdAt),
    due_at: toTime(job.dueAt),
    not_before: toTime(job.notBefore),
    started_at: toTime(job.startedAt),
    deadline_at: one === undefined || job.status !== "running"
      ? null
      : toTime(deadlineOf(job, one)),
    pid: whole(job.pid),
  };
}

function toBreaker(one: EntryStatus | undefined): WhyJson["circuit_breaker"] {
  const { state, until } = one?.breaker.state === "open"
    ? one.breaker
    : { state: one?.breaker.state ?? "closed", until: undefined };
  return {
    state,
    failures: one?.health.failures ?? 0,
    threshold: one?.entry.settings?.circuitBreaker?.threshold ?? null,
    until: toTime(until),
  };
}

function whole(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) ? value : null;
}
