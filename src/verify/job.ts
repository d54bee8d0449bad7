import { parseIsoTime } from "../base/iso_time.ts";
import type { JobHistory } from "./by_job.ts";
import type { Find } from "./promise.ts";
import { type AttemptRow, fromHex, type JobRow } from "./rows.ts";
import { findWrongVerdict, type Terms } from "./verdict.ts";

/** What the checks of a job need to know of the rest of the database. */
export interface Around {
  /** The end of the oldest attempt, if there is one: what ended before it may have been pruned. */
  readonly oldest: string | undefined;
  /** What ended before is pruned. */
  readonly cutoff: string;
  /** From this attempt on, the entries say how it was judged. */
  readonly presentFrom: number;
  readonly termsOf: (plugin: string) => Terms | undefined;
}

/** Checks a job with its attempts. One that was set aside is only kept as a person wrote it. */
export function checkJob({ job, attempts }: JobHistory, around: Around, find: Find): void {
  for (const row of attempts) checkAttempt(row, job, around, find);
  if (job === undefined) {
    for (const row of attempts.filter(({ completedAt }) => completedAt >= around.cutoff)) {
      find("log.job", "job_log", keyOf(row), "its job is not in job_queue");
    }
    return;
  }
  if (attempts.some(({ reason }) => reason === "row")) return;
  checkColumns(job, find);
  checkWait(job, attempts.at(-1), find);
  checkCount(job, attempts, around.oldest, find);
  checkEnd(job, attempts, find);
  for (const row of attempts) checkSame(job, row, find);
}

const keyOf = ({ id, jobId }: AttemptRow) => `id ${id}, job ${fromHex(jobId)}`;
const keyOfJob = ({ seq, id }: JobRow) => `seq ${seq}, id ${fromHex(id)}`;

/** How the gateway writes every time in the log. */
const WRITTEN =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** By how much two times may differ although no clock was set: a tick counts as its nominal time. */
const SLACK_MS = 1_000;

function checkAttempt(
  row: AttemptRow,
  job: JobRow | undefined,
  { presentFrom, termsOf }: Around,
  find: Find,
): void {
  const { createdAt, startedAt, completedAt, durationMs } = row;
  const say = (promise: Parameters<Find>[0], what: string) =>
    find(promise, "job_log", keyOf(row), what);
  const unreadable = [createdAt, startedAt, completedAt].find((time) => !WRITTEN.test(time));
  if (unreadable !== undefined) return say("log.readable", `"${unreadable}" is not such a time`);
  if (durationMs < 0) say("log.readable", `duration_ms is ${durationMs}`);
  const isAsWritten = row.reason === "row"; // where a time was unreadable, it has another one
  if (!isAsWritten && isBefore(startedAt, createdAt)) {
    say("clock.order", `started at ${startedAt}, before it was queued at ${createdAt}`);
  }
  if (isBefore(completedAt, startedAt)) {
    say("clock.order", `completed at ${completedAt}, before it started at ${startedAt}`);
  }
  const terms = row.id >= presentFrom ? termsOf(row.plugin) : undefined;
  const wrong = findWrongVerdict(row, job?.maxAttempts, terms);
  if (wrong !== undefined) say("log.verdict", wrong);
  const hasError = row.lastError !== undefined;
  if (hasError !== (row.reason !== undefined)) {
    say(
      "log.verdict",
      `last_error is ${hasError ? "set" : "NULL"}, reason ${row.reason ?? "NULL"}`,
    );
  }
  if (row.status === "succeeded" && row.exitCode !== 0) {
    say("log.verdict", `it succeeded with exit_code ${row.exitCode ?? "NULL"}; expected 0`);
  }
}

/** Whether a time is clearly before another one. */
export function isBefore(a: string, b: string): boolean {
  return a < b && Date.parse(a) < Date.parse(b) - SLACK_MS;
}

function isLive({ status }: JobRow): boolean {
  return status === "queued" || status === "running";
}

function checkColumns(job: JobRow, find: Find): void {
  const { status, startedAt, completedAt, hasPid, attempt, maxAttempts } = job;
  const say = (promise: Parameters<Find>[0], what: string) =>
    find(promise, "job_queue", keyOfJob(job), what);
  if (isLive(job) && completedAt !== undefined) {
    say("queue.status", `${status} with a completed_at`);
  }
  if (!isLive(job) && completedAt === undefined) {
    say("queue.status", `${status} without completed_at`);
  }
  if (!isLive(job) && hasPid) say("queue.status", `${status} with a pid`);
  if (status !== "queued" && startedAt === undefined) {
    say("queue.status", `${status} without started_at`);
  }
  if (attempt > maxAttempts) say("queue.attempts", `attempt ${attempt} of ${maxAttempts}`);
  if (!isLive(job) && !job.hasPayload) say("queue.readable", "its payload is not a JSON object");
}

function checkWait(job: JobRow, last: AttemptRow | undefined, find: Find): void {
  const { status, notBefore, waitsSince } = job;
  const say = (what: string) => find("queue.wait", "job_queue", keyOfJob(job), what);
  if ((notBefore === undefined) !== (waitsSince === undefined)) {
    return say(`not_before is ${notBefore ?? "NULL"}, waits_since ${waitsSince ?? "NULL"}`);
  }
  if (notBefore === undefined || waitsSince === undefined) return;
  if (status !== "queued") return say(`${status} with not_before ${notBefore}`);
  if (last === undefined) return; // it may have been pruned
  if (last.nextAttemptAt === undefined) return say("it waits, but its last attempt was final");
  const waitMs = Date.parse(notBefore) - Date.parse(waitsSince);
  const drawnMs = Date.parse(last.nextAttemptAt) - Date.parse(last.completedAt);
  if (waitMs !== drawnMs) say(`it waits for ${waitMs} ms; its attempt said ${drawnMs} ms`);
}

/** The first attempts may have been pruned, if they may have ended before everything that is left. */
function checkCount(
  job: JobRow,
  attempts: readonly AttemptRow[],
  oldest: string | undefined,
  find: Find,
): void {
  const ended = isLive(job) ? job.attempt - 1 : job.attempt;
  const numbers = attempts.map((row) => row.attempt);
  const first = numbers[0] ?? ended + 1;
  const isPruned = oldest === undefined || isBefore(job.createdAt, oldest);
  const isInOrder = numbers.length === Math.max(ended - first + 1, 0) &&
    numbers.every((number, n) => number === first + n);
  const isWhole = first === 1 || (isPruned && first > 1) || ended === 0;
  if (isWhole && isInOrder) return;
  if (!isLive(job) && attempts.length === 0) return; // it lacks its final one, which is said there
  const has = numbers.length === 0 ? "none" : numbers.join(", ");
  const should = ended === 0 ? "none" : ended === 1 ? "1" : `1 to ${ended}`;
  const what = `job_log has the attempts ${has}; expected ${should}`;
  find("log.consecutive", "job_queue", keyOfJob(job), what);
}

function checkEnd(job: JobRow, attempts: readonly AttemptRow[], find: Find): void {
  const say = (what: string) => find("log.final", "job_queue", keyOfJob(job), what);
  const finals = attempts.filter(({ nextAttemptAt }) => nextAttemptAt === undefined);
  const [final] = finals;
  if (isLive(job)) {
    return final && say(`${job.status}, but attempt ${final.attempt} was its last one`);
  }
  if (final === undefined) return say(`${job.status}, but job_log has no final attempt of it`);
  if (finals.length > 1) return say(`job_log has ${finals.length} final attempts of it`);
  if (final !== attempts.at(-1)) return say(`job_log has an attempt after its final one`);
  if (final.status !== job.status) {
    say(`status is ${job.status}; expected ${final.status}, as in job_log`);
  }
  if (final.completedAt !== job.completedAt) {
    say(`completed_at is ${job.completedAt ?? "NULL"}; expected ${final.completedAt}`);
  }
  if (final.lastError !== job.lastError) {
    say("last_error is not that of its final attempt");
  }
}

/** What an attempt has from its job. */
function checkSame(job: JobRow, row: AttemptRow, find: Find): void {
  const pairs = [
    ["plugin", row.plugin, job.plugin],
    ["command", row.command, job.command],
    ["submitted_by", row.submittedBy, job.submittedBy],
  ] as const;
  for (const [column, has, should] of pairs) {
    if (has !== should) {
      find("log.same", "job_log", keyOf(row), `${column} is "${has}"; expected "${should}"`);
    }
  }
  const isSame = row.createdAt === job.createdAt ||
    Date.parse(row.createdAt) === parseIsoTime(job.createdAt);
  if (isSame) return;
  find(
    "log.same",
    "job_log",
    keyOf(row),
    `created_at is ${row.createdAt}; expected ${job.createdAt}`,
  );
}
