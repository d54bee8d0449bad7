import { exactText, readRow, type Row } from "../sqlite/row.ts";
import type { Reader } from "./reader.ts";

/** A job, live or finished, for people. Times in milliseconds since the epoch; NaN if unreadable. */
export interface JobFacts {
  readonly seq: bigint;
  readonly id: string;
  readonly plugin: string;
  readonly command: string;
  readonly status: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly submittedBy: string;
  readonly createdAt: number;
  readonly dueAt: number;
  /** The end of its wait, while it waits. */
  readonly notBefore: number | undefined;
  /** The start of its last attempt. */
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
  /** The process group of its plugin, while it runs. */
  readonly pid: number | undefined;
  readonly lastError: string | undefined;
}

/** The columns of {@link JobFacts}, of a table with the alias `job`. */
export const JOB_FACTS: string = [
  "job.seq",
  ...["id", "plugin", "command", "status", "submitted_by"].map((name) => `job.${name}`),
  ...["attempt", "max_attempts", "created_at", "due_at", "not_before", "started_at"]
    .map((name) => `job.${name}`),
  ...["completed_at", "pid", "last_error"].map((name) => `job.${name}`),
].join(", ");

/** Reads a row with the columns {@link JOB_FACTS}. */
export function toJobFacts(row: Row): JobFacts {
  const { text, time, integer } = readRow("job_queue", row);
  const timeIfAny = (column: string) => row[column] === null ? undefined : time(column) ?? NaN;
  const createdAt = time("created_at") ?? NaN;
  return {
    seq: typeof row.seq === "bigint" ? row.seq : 0n,
    id: text("id"),
    plugin: text("plugin"),
    command: text("command"),
    status: text("status"),
    attempt: integer("attempt") ?? NaN,
    maxAttempts: integer("max_attempts") ?? NaN,
    submittedBy: text("submitted_by"),
    createdAt,
    dueAt: timeIfAny("due_at") ?? createdAt,
    notBefore: timeIfAny("not_before"),
    startedAt: timeIfAny("started_at"),
    completedAt: timeIfAny("completed_at"),
    pid: row.pid === null ? undefined : integer("pid"),
    lastError: row.last_error === null ? undefined : text("last_error"),
  };
}

/** The jobs that are queued or running, in the order of the queue; at most `limit`. */
export function readLiveJobs(reader: Reader, limit: number): readonly JobFacts[] {
  return reader.rows(
    `SELECT ${JOB_FACTS} FROM job_queue AS job INDEXED BY job_queue_live_plugin
     WHERE status IN ('queued', 'running') ORDER BY seq LIMIT ?`,
    limit,
  ).map(toJobFacts);
}

/** A job with its payload as it is stored: JSON, unless a person wrote it. */
export interface WholeJob extends JobFacts {
  readonly payload: string;
}

/** The job with this whole id. */
export function readJob(reader: Reader, id: string): WholeJob | undefined {
  const [row] = reader.rows(
    `SELECT ${JOB_FACTS}, ${exactText("payload")} FROM job_queue AS job WHERE id = ?`,
    id,
  );
  return row && { ...toJobFacts(row), payload: readRow("job_queue", row).text("payload") };
}

/** Whether there has been a job of this plugin since the oldest that is kept. */
export function hasJobs(reader: Reader, plugin: string): boolean {
  return reader.rows(
    `SELECT 1 FROM job_log WHERE plugin = ?
     UNION ALL
     SELECT 1 FROM job_queue WHERE plugin = ? AND status IN ('queued', 'running') LIMIT 1`,
    plugin,
    plugin,
  ).length > 0;
}

/** The fewest characters of an id to show. */
const SHORTEST = 8;

/** Sorts after every character of an id. */
const LAST = "\u{10ffff}";

/** The shortest beginning of each of these job ids that no other job's id begins with. */
export function shortenIds(reader: Reader, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [id, shorten(reader, id)]));
}

function shorten(reader: Reader, id: string): string {
  for (let length = SHORTEST; length < id.length; length++) {
    const short = id.slice(0, length);
    if (findIds(reader, short, 2).length < 2) return short;
  }
  return id;
}

/** The ids of jobs that begin with `beginning`, in the order of the alphabet; at most `limit`. */
export function findIds(reader: Reader, beginning: string, limit: number): readonly string[] {
  return reader.rows(
    "SELECT id FROM job_queue WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
    beginning,
    beginning + LAST,
    limit,
  ).map(({ id }) => String(id));
}

/** The ids that share the longest beginning with `text`; none if not even its first character; at most `limit`. */
export function nearestIds(reader: Reader, text: string, limit: number): readonly string[] {
  for (let length = text.length; length > 0; length--) {
    const ids = findIds(reader, text.slice(0, length), limit);
    if (ids.length > 0) return ids;
  }
  return [];
}
