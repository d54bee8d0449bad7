import { type Breaker, breakerAt, type Health } from "../core/breaker.ts";
import { type Pause, pauseOf, pausesOf } from "../core/pause.ts";
import { readRow, type Row } from "../sqlite/row.ts";
import { type EntryFacts, readEntries } from "./entries.ts";
import { type GatewayFacts, type Life, lifeOf, readGateway } from "./gateway.ts";
import { readPauses } from "./owner.ts";
import type { Reader } from "./reader.ts";

/** How an entry is, the worst first. */
export const CONDITIONS = ["refused", "failing", "retrying", "ok", "new", "disabled"] as const;

/**
 * How an entry is. "failing": its last job failed. "retrying": an attempt did not succeed, and the next one
 * is due. "new": no attempt has ended yet.
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
  /** When the next retry is due. */
  readonly retryAt: number | undefined;
  /** When the next poll is due; in the past if it could not be queued yet. */
  readonly nextRunAt: number | undefined;
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
    plans: byPlugin(reader.rows(PLANS)),
    pauses: readPauses(reader),
  };
  const all = entries.map((entry) => toStatus(entry, facts, now));
  return { gateway, life: lifeOf(gateway, now), digest, entries: all.toSorted(compare) };
}

/**
 * When an entry is tried next: a retry, or the next poll that its breaker lets through, at the end of its
 * pause at the earliest. `undefined` if it has no next run, or if only `resume` ends its pause.
 */
export function nextTryAt(
  { retryAt, nextRunAt, breaker, pause }: EntryStatus,
  now: number,
): number | undefined {
  if (pause !== undefined && pause.until === undefined) return undefined;
  const until = breaker.state === "open" && retryAt === undefined ? breaker.until : now;
  const at = retryAt ?? nextRunAt;
  return at === undefined ? undefined : Math.max(at, until, pause?.until ?? at);
}

const HEALTHS = `SELECT plugin, failures, failing_since, last_success_at, last_failure_at
  FROM health WHERE command = 'poll'`;

const LAST_RUNS =
  `SELECT log.plugin, job_id, log.status, reason, last_error, completed_at, duration_ms,
    next_attempt_at
  FROM entries JOIN job_log AS log
    ON log.id = (SELECT max(id) FROM job_log WHERE job_log.plugin = entries.name)`;

const LIVE = `SELECT plugin, sum(status = 'queued') AS queued, min(not_before) AS retry_at,
    min(CASE status WHEN 'running' THEN started_at END) AS running_since
  FROM job_queue WHERE status IN ('queued', 'running') GROUP BY plugin`;

const PLANS = "SELECT plugin, next_run_at FROM schedule";

type Rows = ReadonlyMap<string, Row>;

function byPlugin(rows: readonly Row[]): Rows {
  return new Map(rows.map((row) => [String(row.plugin), row]));
}

interface Facts {
  readonly healths: Rows;
  readonly runs: Rows;
  readonly live: Rows;
  readonly plans: Rows;
  readonly pauses: ReadonlyMap<string, Pause>;
}

function toStatus(entry: EntryFacts, facts: Facts, now: number): EntryStatus {
  const health = toHealth(facts.healths.get(entry.name));
  const last = toLastRun(facts.runs.get(entry.name));
  const live = facts.live.get(entry.name);
  return {
    entry,
    condition: conditionOf(entry, health, last),
    health,
    breaker: breakerAt(health, entry.settings?.circuitBreaker, now),
    pause: pauseOf(facts.pauses, entry.name, now),
    pauses: pausesOf(facts.pauses, entry.name, now),
    last,
    runningSince: timeIn("job_queue", live, "running_since"),
    queued: Number(live?.queued ?? 0),
    retryAt: timeIn("job_queue", live, "retry_at"),
    nextRunAt: timeIn("schedule", facts.plans.get(entry.name), "next_run_at"),
  };
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
