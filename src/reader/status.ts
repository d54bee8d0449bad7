import { type Breaker, breakerAt, type Health } from "../core/breaker.ts";
import { forecastPolls, type PollFacts, type Ticks } from "../core/forecast.ts";
import { isEndless, type Pause, pauseOf, pausesOf } from "../core/pause.ts";
import type { Plan } from "../core/schedule.ts";
import { readRow, type Row } from "../sqlite/row.ts";
import { type EntryFacts, readEntries } from "./entries.ts";
import { type GatewayFacts, type Life, lifeOf, readGateway } from "./gateway.ts";
import { readPauses } from "./owner.ts";
import { firstTickAt, pollFactsOf, readPlans, ticksOf } from "./polls.ts";
import type { Reader } from "./reader.ts";

/** How an entry is, the worst first. */
export const CONDITIONS = ["refused", "failing", "retrying", "ok", "new", "disabled"] as const;

/**
 * How an entry is. "failing": its last job failed, even if `resume` has forgotten that. "retrying": an
 * attempt did not succeed, and the next one is due. "new": no attempt has ended yet.
 */
export type Condition = typeof CONDITIONS[number];

/** How an entry's last attempt ended. Times in milliseconds since the epoch; NaN if unreadable. */
export interface LastRun {
  readonly jobId: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly error: string | undefined;
  readonly endedAt: number;
  readonly durationMs: number;
  /** Whether no other attempt at the job follows. */
  readonly isFinal: boolean;
}

/** What there is to say of an entry. Times in milliseconds since the epoch. */
export interface EntryStatus {
  readonly entry: EntryFacts;
  readonly condition: Condition;
  /** Of its polls. */
  readonly health: Health;
  readonly breaker: Breaker;
  /** What holds the entry back the longest, if it is paused. */
  readonly pause: Pause | undefined;
  /** All that hold it back: of all entries, then its own. */
  readonly pauses: readonly Pause[];
  readonly last: LastRun | undefined;
  /** The start of the job that runs. */
  readonly runningSince: number | undefined;
  /** How many jobs are queued, those that wait for a retry included. */
  readonly queued: number;
  /** How many of them may start at once. */
  readonly ready: number;
  /** When the next retry is due. */
  readonly retryAt: number | undefined;
  /** When the next poll is due; in the past if it could not be queued yet. */
  readonly nextRunAt: number | undefined;
  /** What decides when it is polled; `undefined` if nothing says. */
  readonly polls: PollFacts | undefined;
  /**
   * When it is tried next: a job that is queued, a retry, or the tick that queues its next poll.
   * `undefined` if only `resume` ends its pause, or if no gateway runs.
   */
  readonly nextTryAt: number | undefined;
}

/** What there is to say of the gateway and its entries. */
export interface Status {
  readonly gateway: GatewayFacts | undefined;
  readonly life: Life;
  /** SHA-256 of the config that the gateway read; `undefined` if it has none. */
  readonly digest: string | undefined;
  /** The sick first, then by name. */
  readonly entries: readonly EntryStatus[];
}

/** Reads how the gateway and its entries are at `now`. */
export function readStatus(reader: Reader, now: number): Status {
  const gateway = readGateway(reader);
  const { entries, digest } = readEntries(reader);
  const facts = {
    healths: byPlugin(reader.rows(HEALTHS)),
    runs: byPlugin(reader.rows(LAST_RUNS)),
    live: byPlugin(reader.rows(LIVE)),
    plans: readPlans(reader),
    pauses: readPauses(reader),
  };
  const life = lifeOf(gateway, now);
  const ticks = ticksOf({ gateway, life }, now);
  const moment = { now, life, ticks, firstTickAt: firstTickAt(ticks, { life }, now) };
  const all = entries.map((entry) => toStatus(entry, facts, moment));
  return { gateway, life, digest, entries: all.toSorted(compare) };
}

const HEALTHS = `SELECT plugin, failures, failing_since, last_success_at, last_failure_at
  FROM health WHERE command = 'poll'`;

const LAST_RUNS =
  `SELECT log.plugin, job_id, log.status, reason, last_error, completed_at, duration_ms,
    next_attempt_at
  FROM entries JOIN job_log AS log
    ON log.id = (SELECT max(id) FROM job_log WHERE job_log.plugin = entries.name)`;

const LIVE = `SELECT plugin, sum(status = 'queued') AS queued, min(not_before) AS retry_at,
    sum(status = 'queued' AND not_before IS NULL) AS ready,
    min(CASE status WHEN 'running' THEN started_at END) AS running_since
  FROM job_queue WHERE status IN ('queued', 'running') GROUP BY plugin`;

type Rows = ReadonlyMap<string, Row>;

function byPlugin(rows: readonly Row[]): Rows {
  return new Map(rows.map((row) => [String(row.plugin), row]));
}

interface Facts {
  readonly healths: Rows;
  readonly runs: Rows;
  readonly live: Rows;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly pauses: ReadonlyMap<string, Pause>;
}

/** The time, and what is known of the gateway's ticks then. */
interface Moment {
  readonly now: number;
  readonly life: Life;
  readonly ticks: Ticks;
  readonly firstTickAt: number;
}

function toStatus(entry: EntryFacts, facts: Facts, moment: Moment): EntryStatus {
  const { now, life } = moment;
  const health = toHealth(facts.healths.get(entry.name));
  const last = toLastRun(facts.runs.get(entry.name));
  const live = facts.live.get(entry.name);
  const plan = facts.plans.get(entry.name);
  const known = {
    entry,
    condition: conditionOf(entry, health, last),
    health,
    breaker: breakerAt(health, entry.settings?.circuitBreaker, now),
    pause: pauseOf(facts.pauses, entry.name, now),
    pauses: pausesOf(facts.pauses, entry.name, now),
    last,
    runningSince: timeIn("job_queue", live, "running_since"),
    queued: Number(live?.queued ?? 0),
    ready: Number(live?.ready ?? 0),
    retryAt: timeIn("job_queue", live, "retry_at"),
    nextRunAt: plan?.nextRunAt,
  };
  const polls = pollFactsOf(known, plan);
  const nextTryAt = life === "running" ? findNextTry({ ...known, polls }, moment) : undefined;
  return { ...known, polls, nextTryAt };
}

function findNextTry(
  { entry, pause, ready, retryAt, polls }: Omit<EntryStatus, "nextTryAt">,
  { now, ticks, firstTickAt }: Moment,
): number | undefined {
  if (entry.status !== "enabled" || isEndless(pause)) return undefined;
  const queuedAt = ready > 0 ? now : retryAt;
  if (queuedAt !== undefined) return Math.max(queuedAt, pause?.until ?? queuedAt);
  return polls && forecastPolls(polls, ticks, firstTickAt).first.earliestAt;
}

function conditionOf(
  { status }: EntryFacts,
  { failures }: Health,
  last: LastRun | undefined,
): Condition {
  if (status !== "enabled") return status;
  if (failures > 0) return "failing";
  if (last === undefined) return "new";
  if (!last.isFinal) return "retrying";
  return last.status === "succeeded" ? "ok" : "failing"; // `resume` has forgotten the failures
}

function timeIn(table: string, row: Row | undefined, column: string): number | undefined {
  return row === undefined || row[column] === null ? undefined : readRow(table, row).time(column);
}

function toHealth(row: Row | undefined): Health {
  return {
    failures: Number(row?.failures ?? 0),
    failingSince: timeIn("health", row, "failing_since"),
    lastSuccessAt: timeIn("health", row, "last_success_at"),
    lastFailureAt: timeIn("health", row, "last_failure_at"),
  };
}

function toLastRun(row: Row | undefined): LastRun | undefined {
  if (row === undefined) return undefined;
  const { text, time, integer } = readRow("job_log", row);
  return {
    jobId: text("job_id"),
    status: text("status"),
    reason: row.reason === null ? undefined : text("reason"),
    error: row.last_error === null ? undefined : text("last_error"),
    endedAt: time("completed_at") ?? NaN,
    durationMs: integer("duration_ms") ?? NaN,
    isFinal: row.next_attempt_at === null,
  };
}

function compare(a: EntryStatus, b: EntryStatus): number {
  return rank(a.condition) - rank(b.condition) || (a.entry.name < b.entry.name ? -1 : 1);
}

/** One that has not run yet is as well as one that has. */
function rank(condition: Condition): number {
  return CONDITIONS.indexOf(condition === "new" ? "ok" : condition);
}
