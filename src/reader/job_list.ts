import type { SQLInputValue } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { ENDED_STATES, type JobState } from "../core/job.ts";
import { readRow, type Row } from "../sqlite/row.ts";
import { JOB_FACTS, type JobFacts, toJobFacts } from "./jobs.ts";
import type { Reader } from "./reader.ts";

/** A job of a list. */
export interface ListedJob extends JobFacts {
  /** Why its last attempt did not succeed, and how long that took; `undefined` while it is live. */
  readonly reason: string | undefined;
  readonly durationMs: number | undefined;
}

/** Which jobs to list. */
export interface JobFilter {
  readonly plugin?: string | undefined;
  /** Any of these; all if it is empty. */
  readonly states: readonly JobState[];
  /** Those that are live or ended since, in milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** Lists jobs: the running ones, the queued ones, then those that ended, of each the newest first. */
export function listJobs(reader: Reader, filter: JobFilter): readonly ListedJob[] {
  const has = (state: JobState) => filter.states.length === 0 || filter.states.includes(state);
  const running = has("running") ? listRunning(reader, filter) : [];
  const queued = has("queued") ? listQueued(reader, filter) : [];
  const states = ENDED_STATES.filter(has);
  const ended = states.length === ENDED_STATES.length
    ? listEnded(reader, filter, undefined)
    : states.flatMap((state) => listEnded(reader, filter, state)).sort(byEnd);
  return [...running, ...queued, ...ended].slice(0, filter.limit);
}

function byEnd(a: JobFacts, b: JobFacts): number {
  return (b.completedAt ?? 0) - (a.completedAt ?? 0);
}

function listRunning(reader: Reader, { plugin, limit }: JobFilter): readonly ListedJob[] {
  return reader.rows(
    `SELECT ${JOB_FACTS}, NULL AS reason, NULL AS duration_ms
     FROM job_queue AS job INDEXED BY job_queue_running
     WHERE status = 'running' ${plugin === undefined ? "" : "AND plugin = ?"}
     ORDER BY seq DESC LIMIT ?`,
    ...given(plugin),
    limit,
  ).map(toListed);
}

/** Sorts the numbers of all jobs that are live, which an index has, and reads only those to list. */
function listQueued(reader: Reader, { plugin, limit }: JobFilter): readonly ListedJob[] {
  return reader.rows(
    `SELECT ${JOB_FACTS}, NULL AS reason, NULL AS duration_ms
     FROM job_queue AS job WHERE seq IN (
       SELECT seq FROM job_queue INDEXED BY job_queue_live_plugin
       WHERE status IN ('queued', 'running') ${plugin === undefined ? "" : "AND plugin = ?"}
         AND seq NOT IN (SELECT seq FROM job_queue WHERE status = 'running')
       ORDER BY seq DESC LIMIT ?)
     ORDER BY seq DESC`,
    ...given(plugin),
    limit,
  ).map(toListed);
}

/** Without a plugin the few that ended badly have an index; all others are found by their last attempt. */
function listEnded(
  reader: Reader,
  filter: JobFilter,
  state: typeof ENDED_STATES[number] | undefined,
): readonly ListedJob[] {
  const isBad = state === "failed" || state === "dead";
  return isBad && filter.plugin === undefined
    ? listBad(reader, filter, state)
    : listLogged(reader, filter, state);
}

function listBad(
  reader: Reader,
  { since, limit }: JobFilter,
  state: string,
): readonly ListedJob[] {
  return reader.rows(
    `SELECT ${JOB_FACTS}, reason, duration_ms
     FROM job_queue AS job INDEXED BY job_queue_bad
     LEFT JOIN job_log AS log INDEXED BY job_log_completed
       ON log.completed_at = job.completed_at AND log.job_id = job.id AND log.next_attempt_at IS NULL
     WHERE job.status IN ('failed', 'dead') AND job.status = ?
       ${since === undefined ? "" : "AND job.completed_at >= ?"}
     ORDER BY job.completed_at DESC LIMIT ?`,
    state,
    ...since === undefined ? [] : [isoTime(since)],
    limit,
  ).map(toListed);
}

function listLogged(
  reader: Reader,
  { plugin, since, limit }: JobFilter,
  state: string | undefined,
): readonly ListedJob[] {
  const index = plugin === undefined
    ? "NOT INDEXED"
    : `INDEXED BY ${state === "failed" || state === "dead" ? "job_log_bad" : "job_log_plugin"}`;
  const terms = [
    "log.next_attempt_at IS NULL AND job.status = log.status",
    ...plugin === undefined ? [] : ["log.plugin = ?"],
    ...state === undefined ? [] : ["log.status = ?"],
    ...index.endsWith("bad") ? ["log.status <> 'succeeded'"] : [],
    ...since === undefined ? [] : ["log.completed_at >= ? AND log.id >= ?"],
  ];
  return reader.rows(
    `SELECT ${JOB_FACTS}, reason, duration_ms
     FROM job_log AS log ${index} CROSS JOIN job_queue AS job ON job.id = log.job_id
     WHERE ${terms.join(" AND ")} ORDER BY log.id DESC LIMIT ?`,
    ...given(plugin),
    ...given(state),
    ...since === undefined ? [] : [isoTime(since), firstRowSince(reader, since)],
    limit,
  ).map(toListed);
}

/** The first row of `job_log` that ended at or after `since`, so that a list need not read those before. */
function firstRowSince(reader: Reader, since: number): bigint {
  const [row] = reader.rows(
    "SELECT id FROM job_log WHERE completed_at >= ? ORDER BY completed_at LIMIT 1",
    isoTime(since),
  );
  return typeof row?.id === "bigint" ? row.id : 2n ** 63n - 1n;
}

function given(value: string | undefined): readonly SQLInputValue[] {
  return value === undefined ? [] : [value];
}

function toListed(row: Row): ListedJob {
  const { text, integer } = readRow("job_log", row);
  return {
    ...toJobFacts(row),
    reason: row.reason === null ? undefined : text("reason"),
    durationMs: row.duration_ms === null ? undefined : integer("duration_ms"),
  };
}
