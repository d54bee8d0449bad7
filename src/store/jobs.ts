import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { FailureReason } from "../core/ending.ts";

/** Where a job stands. `queued` and `running` are live, the others final. */
export type JobStatus = "queued" | "running" | "succeeded" | "failed" | "dead";

/** A claimed job: everything the dispatcher needs to run and settle it. */
export interface Job {
  readonly id: string;
  readonly plugin: string;
  readonly command: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly submittedBy: string;
  readonly createdAt: number;
  readonly startedAt: number;
  /** Process group of the plugin, once it has been spawned. */
  readonly pid: number | undefined;
}

/** How one attempt ended, as it goes into `job_log`. */
export interface AttemptRecord {
  readonly status: "succeeded" | "failed" | "interrupted" | "dead";
  readonly reason?: FailureReason | undefined;
  readonly error?: string | undefined;
  readonly completedAt: number;
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly retry?: boolean | undefined;
  readonly stderr: string;
  /** Kept only where the attempt failed. */
  readonly stdout?: string | undefined;
}

/** The durable queue and the log of finished attempts. */
export type JobQueue = ReturnType<typeof createJobQueue>;

/** Rows deleted by one prune statement: small enough never to hold up a tick or a settle. */
const PRUNE_BATCH = 100;

/** `job_log` keeps at most this many characters of stdout and of stderr. */
const MAX_LOGGED_TEXT = 64 * 1024;

/** Exactly the condition of the partial indexes: SQLite uses them where a query repeats it. */
const IS_LIVE = "status IN ('queued', 'running')";

/** Prepares the statements of the `job_queue` and `job_log` tables. */
export function createJobQueue(db: DatabaseSync) {
  const insert = db.prepare(`
    INSERT INTO job_queue
      (id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at)
    VALUES (?, ?, ?, '{}', 'queued', 1, ?, ?, ?)
  `);
  const selectLive = db.prepare(
    `SELECT id FROM job_queue WHERE plugin = ? AND ${IS_LIVE} LIMIT 1`,
  );
  const claimOldest = db.prepare(`
    UPDATE job_queue SET status = 'running', started_at = ?, pid = NULL
    WHERE seq = (
      SELECT seq FROM job_queue WHERE status = 'queued' AND ${IS_LIVE} ORDER BY seq LIMIT 1)
    RETURNING id, plugin, command, attempt, max_attempts, submitted_by, created_at, started_at, pid
  `);
  const updatePid = db.prepare(
    "UPDATE job_queue SET pid = ? WHERE id = ? AND status = 'running'",
  );
  const selectRunning = db.prepare(`
    SELECT id, plugin, command, attempt, max_attempts, submitted_by, created_at, started_at, pid
    FROM job_queue WHERE status = 'running' AND ${IS_LIVE} ORDER BY seq
  `);
  const finish = db.prepare(`
    UPDATE job_queue SET status = ?, completed_at = ?, last_error = ?, pid = NULL
    WHERE id = ? AND status = 'running'
  `);
  const putBack = db.prepare(`
    UPDATE job_queue SET status = 'queued', attempt = attempt + 1, last_error = ?, pid = NULL
    WHERE id = ? AND status = 'running'
  `);
  const insertLog = db.prepare(`
    INSERT INTO job_log (job_id, plugin, command, status, reason, attempt, submitted_by, created_at,
      started_at, completed_at, duration_ms, exit_code, signal, last_error, retry, stderr, stdout)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `);
  // A finished job ended with one of its log rows, so the log's index finds both.
  const pruneQueue = db.prepare(`
    DELETE FROM job_queue
    WHERE completed_at < ? AND id IN (
      SELECT job_id FROM job_log WHERE completed_at < ? ORDER BY completed_at LIMIT ${PRUNE_BATCH})
  `);
  const pruneLog = db.prepare(`
    DELETE FROM job_log WHERE id IN (
      SELECT id FROM job_log WHERE completed_at < ? ORDER BY completed_at LIMIT ${PRUNE_BATCH})
  `);

  /** Adds a job at the end of the queue and returns its id. */
  function enqueue(
    job: { plugin: string; command: string; maxAttempts: number; submittedBy: string; now: number },
  ): string {
    const id = crypto.randomUUID();
    insert.run(id, job.plugin, job.command, job.maxAttempts, job.submittedBy, iso(job.now));
    return id;
  }

  /** Whether a job of this plugin is queued or running. */
  function hasLiveJob(plugin: string): boolean {
    return selectLive.get(plugin) !== undefined;
  }

  /**
   * Marks the oldest queued job as running and returns it; `undefined` when none is queued.
   *
   * The claim is atomic and survives the end of the process at once, but the disk gets it together
   * with the pid, in the time in which the plugin starts. A power cut in between leaves the job
   * queued, and no plugin that has read a request.
   */
  function claim(now: number): Job | undefined {
    // all(), not get(): get() stops before the end of the statement, where a failed commit shows.
    const [row] = withoutSync(db, () => claimOldest.all(iso(now)));
    return row === undefined ? undefined : toJob(row);
  }

  /**
   * Notes the process group of a running job, so that recovery can end it after a crash, and brings
   * its claim to the disk. Call it before the plugin is fed.
   */
  function recordPid(jobId: string, pid: number): void {
    updatePid.run(pid, jobId);
  }

  /** The jobs that are marked as running, oldest first. */
  function running(): Job[] {
    return selectRunning.all().map(toJob);
  }

  /**
   * Writes how an attempt ended. An `interrupted` attempt goes back into the queue, at its old place
   * and with the next attempt number; every other ending is final. Call it inside a transaction.
   *
   * @returns false, with nothing written, when the job was not running any more.
   */
  function settle(job: Job, record: AttemptRecord): boolean {
    const error = record.error ?? null;
    const completedAt = iso(record.completedAt);
    const { changes } = record.status === "interrupted"
      ? putBack.run(error, job.id)
      : finish.run(record.status, completedAt, error, job.id);
    if (changes !== 1) return false;
    insertLog.run(
      job.id,
      job.plugin,
      job.command,
      record.status,
      record.reason ?? null,
      job.attempt,
      job.submittedBy,
      iso(job.createdAt),
      iso(job.startedAt),
      completedAt,
      Math.round(record.durationMs),
      record.exitCode ?? null,
      record.signal ?? null,
      error,
      record.retry === undefined ? null : Number(record.retry),
      record.stderr.slice(0, MAX_LOGGED_TEXT),
      record.stdout?.slice(0, MAX_LOGGED_TEXT) ?? null,
    );
    return true;
  }

  /**
   * Deletes one batch of log rows that ended before `cutoff`, with the jobs that ended with them. Call
   * it inside a transaction.
   *
   * @returns how many rows went, and whether there may be more.
   */
  function prune(cutoff: number): { readonly deleted: number; readonly more: boolean } {
    const before = iso(cutoff);
    const jobs = Number(pruneQueue.run(before, before).changes);
    const logRows = Number(pruneLog.run(before).changes);
    return { deleted: jobs + logRows, more: logRows === PRUNE_BATCH };
  }

  return { enqueue, hasLiveJob, claim, recordPid, running, settle, prune };
}

/** What an attempt that was cut short leads to: the next attempt, or `dead` past `max_attempts`. */
export function statusAfterInterruption(job: Job): "interrupted" | "dead" {
  return job.attempt < job.maxAttempts ? "interrupted" : "dead";
}

/** Runs one statement whose commit need not reach the disk by itself. */
function withoutSync<T>(db: DatabaseSync, step: () => T): T {
  db.exec("PRAGMA synchronous = NORMAL");
  try {
    return step();
  } finally {
    db.exec("PRAGMA synchronous = FULL");
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function toJob(row: Record<string, SQLOutputValue>): Job {
  return {
    id: String(row.id),
    plugin: String(row.plugin),
    command: String(row.command),
    attempt: Number(row.attempt),
    maxAttempts: Number(row.max_attempts),
    submittedBy: String(row.submitted_by),
    createdAt: Date.parse(String(row.created_at)),
    startedAt: Date.parse(String(row.started_at)),
    pid: row.pid === null ? undefined : Number(row.pid),
  };
}
