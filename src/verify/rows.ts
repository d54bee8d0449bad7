import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Row } from "../sqlite/row.ts";

declare module "node:sqlite" {
  /** What Deno has and its types do not know yet. */
  interface StatementSync {
    setReturnArrays(enabled: boolean): void;
  }
}

/** Reads rows one after another, so that a table of any size takes little memory. Integers are bigint. */
export function rowsOf(db: DatabaseSync, sql: string): Iterable<Row> {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement.iterate();
}

/** The same for many rows, in half the time: the values of their columns, integers as numbers. */
function* valuesOf(db: DatabaseSync, sql: string): Generator<readonly SQLOutputValue[]> {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  for (const values of statement.iterate()) {
    if (Array.isArray(values)) yield values;
  }
}

/** SQL to read an integer that a person may have written, as near as a number can hold it. */
function numbers(...columns: readonly string[]): string {
  const max = Number.MAX_SAFE_INTEGER;
  return columns.map((column) => `min(max(${column}, -${max}), ${max})`).join(", ");
}

/** A row of `job_queue`, as it is stored. */
export interface JobRow {
  readonly seq: string;
  /** In hexadecimal: its bytes in the order of SQLite, whatever a person wrote. */
  readonly id: string;
  readonly plugin: string;
  readonly command: string;
  readonly status: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly submittedBy: string;
  readonly createdAt: string;
  readonly startedAt: string | undefined;
  readonly completedAt: string | undefined;
  readonly lastError: string | undefined;
  readonly hasPid: boolean;
  readonly notBefore: string | undefined;
  readonly waitsSince: string | undefined;
  /** Whether its payload is a JSON object. */
  readonly hasPayload: boolean;
}

/** A row of `job_log`, as it is stored, without what the plugin wrote. */
export interface AttemptRow {
  readonly id: number;
  /** In hexadecimal. */
  readonly jobId: string;
  readonly plugin: string;
  readonly command: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly attempt: number;
  readonly submittedBy: string;
  readonly createdAt: string;
  readonly startedAt: string;
  readonly completedAt: string;
  readonly durationMs: number;
  readonly exitCode: number | undefined;
  readonly lastError: string | undefined;
  /** What its answer asked for; `undefined` if it did not say. */
  readonly retry: boolean | undefined;
  readonly nextAttemptAt: string | undefined;
}

/** What the order of the attempts tells about more than one job. */
export interface EndedRow extends
  Pick<
    AttemptRow,
    "id" | "plugin" | "command" | "status" | "attempt" | "submittedBy" | "durationMs"
  >,
  Pick<AttemptRow, "createdAt" | "startedAt" | "completedAt"> {
  readonly isFinal: boolean;
  /** Whether `health` and `totals` count it. */
  readonly isCounted: boolean;
}

/** Every job, in the order of ids. */
export function* jobsById(db: DatabaseSync): Generator<JobRow> {
  const rows = valuesOf(
    db,
    `SELECT CAST(seq AS TEXT), hex(id), plugin, command, status, ${
      numbers("attempt", "max_attempts")
    },
       submitted_by, created_at, started_at, completed_at, last_error, pid IS NOT NULL, not_before,
       waits_since, CASE WHEN payload = '{}' THEN 1
         WHEN json_valid(payload) THEN json_type(payload) = 'object' ELSE 0 END
     FROM job_queue ORDER BY job_queue.id`,
  );
  for (const row of rows) {
    const [seq, id, plugin, command, status, attempt, maxAttempts, submittedBy, ...times] = row;
    const [createdAt, startedAt, completedAt, lastError, hasPid, notBefore, waitsSince] = times;
    yield {
      seq: String(seq),
      id: String(id),
      plugin: String(plugin),
      command: String(command),
      status: String(status),
      attempt: Number(attempt),
      maxAttempts: Number(maxAttempts),
      submittedBy: String(submittedBy),
      createdAt: String(createdAt),
      startedAt: toText(startedAt),
      completedAt: toText(completedAt),
      lastError: toText(lastError),
      hasPid: hasPid === 1,
      notBefore: toText(notBefore),
      waitsSince: toText(waitsSince),
      hasPayload: times[7] === 1,
    };
  }
}

/** Every attempt, in the order in which they were settled. */
export function* attemptsInOrder(db: DatabaseSync): Generator<EndedRow> {
  const rows = valuesOf(
    db,
    `SELECT ${numbers("id")}, plugin, command, status, ${numbers("attempt", "duration_ms")},
       submitted_by, created_at, started_at, completed_at, next_attempt_at IS NULL, counted
     FROM job_log ORDER BY job_log.id`,
  );
  for (const row of rows) {
    const [id, plugin, command, status, attempt, durationMs, submittedBy, ...times] = row;
    const [createdAt, startedAt, completedAt, isFinal, isCounted] = times;
    yield {
      id: Number(id),
      plugin: String(plugin),
      command: String(command),
      status: String(status),
      attempt: Number(attempt),
      durationMs: Number(durationMs),
      submittedBy: String(submittedBy),
      createdAt: String(createdAt),
      startedAt: String(startedAt),
      completedAt: String(completedAt),
      isFinal: isFinal === 1,
      isCounted: isCounted === 1,
    };
  }
}

/** Every attempt, by the id of its job, and of one job in the order in which they were settled. */
export function* attemptsByJob(db: DatabaseSync): Generator<AttemptRow> {
  const rows = valuesOf(
    db,
    `SELECT ${numbers("id")}, hex(job_id), plugin, command, status, reason, submitted_by,
       ${numbers("attempt", "duration_ms", "exit_code")}, created_at, started_at, completed_at,
       last_error, retry, next_attempt_at
     FROM job_log ORDER BY job_log.job_id, job_log.id`,
  );
  for (const row of rows) {
    const [id, jobId, plugin, command, status, reason, submittedBy, ...rest] = row;
    const [attempt, durationMs, exitCode, createdAt, startedAt, completedAt, ...end] = rest;
    const [lastError, retry, nextAttemptAt] = end;
    yield {
      id: Number(id),
      jobId: String(jobId),
      plugin: String(plugin),
      command: String(command),
      status: String(status),
      reason: toText(reason),
      attempt: Number(attempt),
      submittedBy: String(submittedBy),
      createdAt: String(createdAt),
      startedAt: String(startedAt),
      completedAt: String(completedAt),
      durationMs: Number(durationMs),
      exitCode: exitCode === null ? undefined : Number(exitCode),
      lastError: toText(lastError),
      retry: retry === null ? undefined : retry !== 0,
      nextAttemptAt: toText(nextAttemptAt),
    };
  }
}

function toText(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

/** A text from its bytes in hexadecimal. */
export function fromHex(hex: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(hex));
}
