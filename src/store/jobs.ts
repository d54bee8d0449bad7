import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import type { Attempt } from "../core/attempt.ts";
import type { Verdict } from "../core/conclude.ts";
import { type Command, type Job, OPERATOR } from "../core/job.ts";
import { ALL_ENTRIES } from "../core/pause.ts";
import { withoutSync } from "../sqlite/database.ts";
import { DatabaseUnusable } from "../sqlite/storage_error.ts";
import { JOB_COLUMNS, toJob } from "./job_row.ts";

/** A job to be queued. */
export interface NewJob extends Pick<Job, "plugin" | "maxAttempts" | "submittedBy" | "dueAt"> {
  readonly command: Command;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Exactly the condition of the partial indexes: SQLite uses them only if a query repeats it. */
const IS_LIVE = "status IN ('queued', 'running')";

/** The largest integer of SQLite. */
const MAX_SEQ = 2n ** 63n - 1n;

/** Claims the oldest job that no rule keeps from starting. Takes the time, the plugins held back, and the time. */
const CLAIM_OLDEST = `
  UPDATE job_queue SET status = 'running', started_at = ?, pid = NULL
  WHERE status = 'queued' AND not_before IS NULL AND (seq, plugin) = (
    SELECT head.seq, head.plugin FROM queue_head AS head
    WHERE plugin NOT IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
      SELECT 1 FROM job_queue AS other
      WHERE other.plugin = head.plugin AND other.status = 'running')
    AND (
      NOT EXISTS (SELECT 1 FROM pauses
        WHERE pauses.plugin IN (head.plugin, '${ALL_ENTRIES}') AND (until IS NULL OR until > ?))
      OR EXISTS (SELECT 1 FROM job_queue AS own
        WHERE own.seq = head.seq AND own.submitted_by = '${OPERATOR}'))
    ORDER BY head.seq LIMIT 1)
  RETURNING ${JOB_COLUMNS}
`;

/** Only another program writes such a row. */
const NO_NUMBERS_LEFT =
  "Cannot continue: a row of job_queue has the largest possible number (seq 9223372036854775807), " +
  "so there is none for the next job; delete that row, and set seq in sqlite_sequence to the largest one left";

/** The `job_queue` table: the durable queue. */
export class Jobs {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #selectLive: StatementSync;
  readonly #claimOldest: StatementSync;
  readonly #selectInterrupted: StatementSync;
  readonly #forgetPid: StatementSync;
  readonly #updatePid: StatementSync;
  readonly #selectRunning: StatementSync;
  readonly #finish: StatementSync;
  readonly #putBack: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(`
      INSERT INTO job_queue
        (id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at, due_at)
      VALUES (?, ?, ?, '{}', 'queued', 1, ?, ?, ?, ?)
    `);
    this.#selectLive = db.prepare(
      `SELECT id FROM job_queue WHERE plugin = ? AND ${IS_LIVE} LIMIT 1`,
    );
    this.#claimOldest = db.prepare(CLAIM_OLDEST);
    this.#selectInterrupted = db.prepare(
      `SELECT ${JOB_COLUMNS} FROM job_queue
       WHERE status = 'queued' AND attempt > 1 AND seq BETWEEN ? AND ? ORDER BY seq`,
    );
    this.#forgetPid = db.prepare(
      "UPDATE job_queue SET pid = NULL WHERE seq = ? AND id = ? AND status = 'queued'",
    );
    this.#updatePid = db.prepare(
      "UPDATE job_queue SET pid = ? WHERE id = ? AND status = 'running'",
    );
    // + keeps SQLite from reading the whole table in this order.
    this.#selectRunning = db.prepare(
      `SELECT ${JOB_COLUMNS} FROM job_queue WHERE status = 'running' ORDER BY +seq`,
    );
    this.#finish = db.prepare(`
      UPDATE job_queue SET status = ?, completed_at = ?, last_error = ?, pid = NULL
      WHERE seq = ? AND id = ? AND status = 'running'
    `);
    this.#putBack = db.prepare(`
      UPDATE job_queue SET status = 'queued', attempt = ?, last_error = COALESCE(?, last_error),
        not_before = ?, waits_since = ?
      WHERE seq = ? AND id = ? AND status = 'running'
    `);
    for (
      const statement of [this.#claimOldest, this.#selectInterrupted, this.#selectRunning]
    ) statement.setReadBigInts(true);
  }

  /** Adds a job at the end of the queue and returns its id. */
  enqueue({ plugin, command, maxAttempts, submittedBy, dueAt, now }: NewJob): string {
    const id = crypto.randomUUID();
    try {
      const [createdAt, due] = [isoTime(now), isoTime(dueAt)];
      this.#insert.run(id, plugin, command, maxAttempts, submittedBy, createdAt, due);
    } catch (error) {
      throw this.#hasNumbersLeft() ? error : new DatabaseUnusable(NO_NUMBERS_LEFT);
    }
    return id;
  }

  /** SQLite also says "full" when the numbers are used up. */
  #hasNumbersLeft(): boolean {
    const last = this.#db.prepare(
      `SELECT 1 FROM sqlite_sequence WHERE name = 'job_queue' AND seq = ?1
       UNION ALL SELECT 1 FROM job_queue WHERE seq = ?1`,
    );
    return last.get(MAX_SEQ) === undefined;
  }

  /** Whether a job of this plugin is queued or running. */
  hasLiveJob(plugin: string): boolean {
    return this.#selectLive.get(plugin) !== undefined;
  }

  /**
   * Marks the oldest ready job as running and returns it; `undefined` when there is none. Passes over
   * plugins of which a job is marked as running, and over paused ones, but not over what an operator
   * asked for.
   *
   * The claim is atomic and at once survives the end of the process, but it reaches the disk together
   * with the pid, while the plugin starts. A power cut in between leaves the job queued, and no plugin
   * that has read a request. Source: docs/decisions.md, "Three commits for a job".
   *
   * @param heldBack more plugins whose jobs are not claimed for now.
   */
  claim(now: number, heldBack: readonly string[] = []): Job | undefined {
    // all(), not get(): get() stops before the end of the statement, where a failed commit shows.
    const [row] = withoutSync(
      this.#db,
      () => this.#claimOldest.all(isoTime(now), JSON.stringify(heldBack), isoTime(now)),
    );
    return row === undefined ? undefined : toJob(row);
  }

  /**
   * Records the process group of a running job, so that recovery can end it after a crash, and syncs
   * its claim to the disk. Call it before feeding the plugin.
   */
  recordPid(jobId: string, pid: number): void {
    this.#updatePid.run(pid, jobId);
  }

  /**
   * Queues a claimed job again, unchanged and in its old place: nothing was spawned for it.
   *
   * @returns false if it is no longer running.
   */
  putBack({ seq, id, attempt }: Job): boolean {
    return this.#putBack.run(attempt, null, null, null, seq, id).changes === 1;
  }

  /** The jobs that are marked as running, oldest first. */
  running(): Job[] {
    return this.#selectRunning.all().map(toJob);
  }

  /** The queued jobs with an attempt that did not end well, with its start and its pid, oldest first. */
  interrupted(): Job[] {
    return this.#selectInterrupted.all(-MAX_SEQ - 1n, MAX_SEQ).map(toJob);
  }

  /** A job that is queued for another attempt, with the start and the pid of the last one. */
  again({ seq, id }: Pick<Job, "seq" | "id">): Job | undefined {
    return this.#selectInterrupted.all(seq, seq).map(toJob).find((job) => job.id === id);
  }

  /**
   * Forgets the pid of the last attempt at a queued job, of which nothing is left. It need not reach the
   * disk: a power cut ends every process.
   */
  forgetPid({ seq, id }: Pick<Job, "seq" | "id">): void {
    withoutSync(this.#db, () => this.#forgetPid.run(seq, id));
  }

  /**
   * Carries out a verdict: a job that is queued again keeps its old place, for when it no longer waits.
   * Call it inside the transaction that settles the job.
   *
   * @returns false, with nothing written, if the job is no longer running.
   */
  settle({ job, ending, endedAt }: Attempt, verdict: Verdict): boolean {
    const error = ending.ok ? null : ending.error;
    const end = isoTime(endedAt);
    if (verdict.status !== "queued") {
      return this.#finish.run(verdict.status, end, error, job.seq, job.id).changes === 1;
    }
    const { nextAttempt, notBefore } = verdict;
    const wait = notBefore === undefined ? [null, null] : [isoTime(notBefore), end];
    return this.#putBack.run(nextAttempt, error, ...wait, job.seq, job.id).changes === 1;
  }
}
