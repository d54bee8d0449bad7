import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { type Attempt, MAX_KEPT_CHARS } from "../core/attempt.ts";
import type { Verdict } from "../core/conclude.ts";
import type { Ending } from "../core/ending.ts";

/** The `job_log` table: one row for each attempt that ended. */
export class Attempts {
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(`
      INSERT INTO job_log (job_id, plugin, command, status, reason, attempt, submitted_by,
        created_at, started_at, completed_at, duration_ms, exit_code, signal, last_error, retry,
        stderr, stdout, next_attempt_at, counted)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `);
  }

  /**
   * Adds an attempt. Call it inside the transaction that settles the job.
   *
   * @param isCounted whether `health` and `totals` count it.
   */
  add(attempt: Attempt, verdict: Verdict, isCounted = false): void {
    const { job, ending } = attempt;
    this.#insert.run(
      job.id,
      job.plugin,
      job.command,
      statusOf(ending, verdict),
      ending.ok ? null : ending.reason,
      job.attempt,
      job.submittedBy,
      isoTime(job.createdAt),
      isoTime(job.startedAt),
      isoTime(attempt.endedAt),
      Math.round(attempt.durationMs),
      attempt.exitCode ?? null,
      attempt.signal ?? null,
      ending.ok ? null : ending.error,
      ending.answer?.retry === undefined ? null : Number(ending.answer.retry),
      attempt.stderr.slice(0, MAX_KEPT_CHARS),
      ending.ok ? null : attempt.stdout?.slice(0, MAX_KEPT_CHARS) ?? null,
      verdict.status === "queued" ? isoTime(verdict.notBefore ?? attempt.endedAt) : null,
      Number(isCounted),
    );
  }
}

/** How an attempt ended, as `job_log.status` says it. */
export function statusOf(ending: Ending, verdict: Verdict) {
  if (verdict.status !== "queued") return verdict.status;
  return !ending.ok && ending.reason === "interrupted" ? "interrupted" : "failed";
}
