import { isoTime } from "../base/iso_time.ts";
import { exactText, readRow, type Row } from "../sqlite/row.ts";
import type { JobFacts } from "./jobs.ts";
import type { Reader } from "./reader.ts";

/** An attempt that ended, for people. Times in milliseconds since the epoch; NaN if unreadable. */
export interface AttemptFacts {
  /** Its row of `job_log`: a later attempt has a larger number, until the table is empty. */
  readonly row: bigint;
  readonly jobId: string;
  readonly plugin: string;
  readonly command: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly error: string | undefined;
  /** When the next attempt was due; `undefined` after the last one. */
  readonly retryAt: number | undefined;
  readonly stderr: string;
  /** The answer of one that failed, as far as it was kept. */
  readonly stdout: string | undefined;
}

const FACTS = [
  "id, job_id, plugin, command, status, reason, attempt, started_at, completed_at, duration_ms",
  "exit_code, signal, next_attempt_at",
  ...["last_error", "stderr", "stdout"].map(exactText),
].join(", ");

/** The attempts at a job that ended, in their order. */
export function readAttempts(
  reader: Reader,
  job: Pick<JobFacts, "id" | "seq">,
): readonly AttemptFacts[] {
  // A finished job ended with its last attempt, so the index on that time finds the attempt.
  return reader.rows(
    `SELECT ${FACTS} FROM job_log INDEXED BY job_log_again
     WHERE next_attempt_at IS NOT NULL AND job_id = ?
     UNION ALL
     SELECT ${FACTS} FROM job_log INDEXED BY job_log_completed
     WHERE next_attempt_at IS NULL AND job_id = ?
       AND completed_at = (SELECT completed_at FROM job_queue WHERE seq = ?)
     ORDER BY id`,
    job.id,
    job.id,
    job.seq,
  ).map(toAttempt);
}

/** The last attempts that ended, of one plugin or of all, the oldest first; at most `limit`. */
export function readLastAttempts(
  reader: Reader,
  plugin: string | undefined,
  limit: number,
): readonly AttemptFacts[] {
  const rows = plugin === undefined
    ? reader.rows(`SELECT ${FACTS} FROM job_log ORDER BY id DESC LIMIT ?`, limit)
    : reader.rows(
      `SELECT ${FACTS} FROM job_log INDEXED BY job_log_plugin
       WHERE plugin = ? ORDER BY id DESC LIMIT ?`,
      plugin,
      limit,
    );
  return rows.map(toAttempt).reverse();
}

/** The attempts whose rows follow `row`, of one plugin or of all, the oldest first; at most `limit`. */
export function readAttemptsAfter(
  reader: Reader,
  plugin: string | undefined,
  row: bigint,
  limit: number,
): readonly AttemptFacts[] {
  const rows = plugin === undefined
    ? reader.rows(`SELECT ${FACTS} FROM job_log WHERE id > ? ORDER BY id LIMIT ?`, row, limit)
    : reader.rows(
      `SELECT ${FACTS} FROM job_log INDEXED BY job_log_plugin
       WHERE plugin = ? AND id > ? ORDER BY id LIMIT ?`,
      plugin,
      row,
      limit,
    );
  return rows.map(toAttempt);
}

/** The row of the last attempt of all; 0 without one. */
export function readLastRow(reader: Reader): bigint {
  const [row] = reader.rows("SELECT max(id) AS id FROM job_log");
  return typeof row?.id === "bigint" ? row.id : 0n;
}

/**
 * The last attempt that failed, of one plugin or of all entries. One that will be retried counts, one that
 * the gateway interrupted does not.
 */
export function readLastFailure(
  reader: Reader,
  plugin: string | undefined,
): AttemptFacts | undefined {
  const last = (status: string) =>
    `coalesce((SELECT max(id) FROM job_log INDEXED BY job_log_bad
      WHERE plugin = name AND status <> 'succeeded' AND status = '${status}'), 0)`;
  const names = plugin === undefined ? "entries" : "(SELECT ? AS name)";
  const [row] = reader.rows(
    `SELECT ${FACTS} FROM job_log
     WHERE id = (SELECT max(max(${last("failed")}, ${last("dead")})) FROM ${names})`,
    ...plugin === undefined ? [] : [plugin],
  );
  return row && toAttempt(row);
}

function toAttempt(row: Row): AttemptFacts {
  const { text, time, integer } = readRow("job_log", row);
  const ifAny = <T>(column: string, value: T) => row[column] === null ? undefined : value;
  return {
    row: typeof row.id === "bigint" ? row.id : 0n,
    jobId: text("job_id"),
    plugin: text("plugin"),
    command: text("command"),
    status: text("status"),
    reason: ifAny("reason", text("reason")),
    attempt: integer("attempt") ?? NaN,
    startedAt: time("started_at") ?? NaN,
    endedAt: time("completed_at") ?? NaN,
    durationMs: integer("duration_ms") ?? NaN,
    exitCode: ifAny("exit_code", integer("exit_code")),
    signal: ifAny("signal", text("signal")),
    error: ifAny("last_error", text("last_error")),
    retryAt: ifAny("next_attempt_at", time("next_attempt_at") ?? NaN),
    stderr: text("stderr"),
    stdout: ifAny("stdout", text("stdout")),
  };
}

/** How the attempts of an entry ended lately. Durations in milliseconds; `undefined` without any. */
export interface Lately {
  readonly attempts: number;
  /** How many attempts ended with each status, the most frequent first. */
  readonly byStatus: readonly (readonly [status: string, count: number])[];
  readonly medianMs: number | undefined;
  /** Of 20 attempts, 19 were at most as long. */
  readonly p95Ms: number | undefined;
  /** Whether only the latest {@link MOST_ATTEMPTS} are counted. */
  readonly isCapped: boolean;
}

/** How many attempts are counted at most. */
export const MOST_ATTEMPTS = 10_000;

/** The attempts of an entry that ended at `since` or later. */
export function readLately(reader: Reader, entry: string, since: number): Lately {
  const rows = reader.rows(
    `SELECT status, duration_ms FROM (
       SELECT status, duration_ms, completed_at FROM job_log
       WHERE plugin = ? ORDER BY id DESC LIMIT ${MOST_ATTEMPTS})
     WHERE completed_at >= ?`,
    entry,
    isoTime(since),
  );
  const counts = new Map<string, number>();
  for (const { status } of rows) {
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
  }
  const durations = rows.map(({ duration_ms }) => Number(duration_ms)).sort((a, b) => a - b);
  return {
    attempts: rows.length,
    byStatus: [...counts].sort(([, a], [, b]) => b - a),
    medianMs: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    isCapped: rows.length === MOST_ATTEMPTS,
  };
}

/** The smallest value that at least a share `part` of the sorted values does not exceed (nearest rank). */
export function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)];
}
