import { DatabaseSync } from "node:sqlite";
import { isoTime } from "../../src/base/iso_time.ts";
import { createReader, type Reader } from "../../src/reader/reader.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { Entries } from "../../src/store/entries.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";

/** An attempt that ended. Times in milliseconds since the epoch. */
export interface WrittenAttempt {
  readonly status?: "succeeded" | "failed" | "interrupted" | "dead";
  readonly endedAt: number;
  readonly durationMs?: number;
  readonly reason?: string;
  readonly error?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly retryAt?: number;
  readonly stderr?: string;
  readonly stdout?: string;
}

/** A job, with the attempts at it that ended. */
export interface WrittenJob {
  readonly id: string;
  readonly plugin?: string;
  readonly status: "queued" | "running" | "succeeded" | "failed" | "dead";
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly notBefore?: number;
  readonly pid?: number;
  readonly payload?: string;
  readonly attempts?: readonly WrittenAttempt[];
}

/** Creates a database at `path` with these entries and jobs. */
export function writeHistory(
  path: string,
  entries: readonly string[],
  jobs: readonly WrittenJob[],
): void {
  using db = openDatabase(path, STATE_FORMAT);
  fill(db, entries, jobs);
}

function fill(db: DatabaseSync, entries: readonly string[], jobs: readonly WrittenJob[]): void {
  const rows = entries.map((name) => ({ name, status: "enabled" as const }));
  new Entries(db).replace(rows, "00", 0);
  for (const job of jobs) writeJob(db, job);
}

/** Adds a job and its attempts. The end of a finished one is that of its last attempt. */
export function writeJob(db: DatabaseSync, job: WrittenJob): void {
  const { id, plugin = "mail", status, createdAt, attempts = [] } = job;
  const isLive = status === "queued" || status === "running";
  const last = attempts.at(-1);
  db.prepare(`INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts,
      submitted_by, created_at, due_at, started_at, not_before, completed_at, pid, last_error)
    VALUES (?, ?, 'poll', ?, ?, ?, 4, 'scheduler', ?, ?, ?, ?, ?, ?, ?)`).run(
    ...[id, plugin, job.payload ?? "{}", status, Math.max(attempts.length + Number(isLive), 1)],
    ...[isoTime(createdAt), isoTime(createdAt), orNull(job.startedAt), orNull(job.notBefore)],
    isLive ? null : orNull(last?.endedAt),
    job.pid ?? null,
    last?.error ?? null,
  );
  const insert = db.prepare(`INSERT INTO job_log (job_id, plugin, command, status, reason, attempt,
      submitted_by, created_at, started_at, completed_at, duration_ms, exit_code, signal,
      last_error, stderr, stdout, next_attempt_at)
    VALUES (?, ?, 'poll', ?, ?, ?, 'scheduler', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const [n, one] of attempts.entries()) {
    const { durationMs = 1_000 } = one;
    insert.run(
      ...[id, plugin, one.status ?? "succeeded", one.reason ?? null, n + 1],
      ...[isoTime(createdAt), isoTime(one.endedAt - durationMs), isoTime(one.endedAt), durationMs],
      ...[one.exitCode ?? null, one.signal ?? null, one.error ?? null],
      ...[one.stderr ?? "", one.stdout ?? null, orNull(one.retryAt)],
    );
  }
}

function orNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}

/** A database in memory with these entries and jobs. */
export function openHistory(
  entries: readonly string[] = [],
  jobs: readonly WrittenJob[] = [],
): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  for (const step of STATE_FORMAT.migrations) db.exec(step);
  fill(db, entries, jobs);
  return db;
}

/** What `read` gives of a database with these entries and jobs. */
export function readHistory<T>(
  entries: readonly string[],
  jobs: readonly WrittenJob[],
  read: (reader: Reader) => T,
): T {
  using db = openHistory(entries, jobs);
  return read(createReader(db));
}
