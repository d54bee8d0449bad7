import { isJsonObject, parseJson } from "../base/json.ts";
import type { Job } from "../core/job.ts";
import { exactText, readRow, type Row } from "../sqlite/row.ts";

/** The columns of a {@link Job}, for a statement that reads big integers. */
export const JOB_COLUMNS: string = [
  "seq",
  ...["id", "plugin", "command", "payload", "submitted_by", "created_at"].map(exactText),
  "attempt, max_attempts, due_at, started_at, pid, unixepoch() * 1000 AS read_at",
].join(", ");

/** An id is passed in the environment of processes, and looked for there. */
const JOB_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Reads a job. If a person wrote a value that cannot be read, the job says so in `unreadable` and has a
 * storable value in its place, so that it is settled like any other.
 */
export function toJob(row: Row): Job {
  const { text, time, integer, refuse, fault } = readRow("job_queue", row);
  const readAt = Number(row.read_at);
  const id = text("id");
  if (!JOB_ID.test(id)) refuse("id", "1 to 200 visible characters of ASCII");
  const parsed = parseJson(text("payload"));
  const createdAt = time("created_at") ?? readAt;
  const job = {
    seq: typeof row.seq === "bigint" ? row.seq : 0n,
    id,
    plugin: text("plugin"),
    command: text("command"),
    payload: parsed.ok && isJsonObject(parsed.value)
      ? parsed.value
      : refuse("payload", "a JSON object") ?? {},
    attempt: integer("attempt") ?? Number.MAX_SAFE_INTEGER,
    maxAttempts: integer("max_attempts") ?? Number.MAX_SAFE_INTEGER,
    submittedBy: text("submitted_by"),
    createdAt,
    dueAt: row.due_at === null ? createdAt : time("due_at") ?? createdAt,
    startedAt: time("started_at") ?? readAt,
    pid: row.pid === null ? undefined : integer("pid"),
  };
  const unreadable = fault();
  // The pid in such a row cannot be trusted; recovery finds what carries the job's id without it.
  return unreadable === undefined ? job : { ...job, pid: undefined, unreadable };
}
