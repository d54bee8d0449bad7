import { isJsonObject, parseJson } from "../base/json.ts";
import type { AttemptFacts } from "../reader/attempts.ts";
import type { ListedJob } from "../reader/job_list.ts";
import type { JobFacts, WholeJob } from "../reader/jobs.ts";
import type { AttemptJson, JobJson, WholeJobJson } from "./jobs_schema.ts";
import { finite, toTime } from "./status_json.ts";

/** A job of a list as programs read it. */
export function toJobJson(job: ListedJob): JobJson {
  return {
    ...toFactsJson(job),
    reason: job.reason ?? null,
    duration_ms: finite(job.durationMs),
  };
}

/** A job and what there is of it, as programs read it. */
export function toWholeJson(job: WholeJob, attempts: readonly AttemptFacts[]): WholeJobJson {
  const payload = parseJson(job.payload);
  return {
    job: {
      ...toFactsJson(job),
      payload: payload.ok && isJsonObject(payload.value) ? payload.value : null,
    },
    attempts: attempts.map(toAttemptJson),
  };
}

/** An attempt as programs read it. */
export function toAttemptJson(attempt: AttemptFacts): AttemptJson {
  return {
    job_id: attempt.jobId,
    entry: attempt.plugin,
    command: attempt.command,
    status: attempt.status,
    reason: attempt.reason ?? null,
    error: attempt.error ?? null,
    attempt: finite(attempt.attempt),
    started_at: toTime(attempt.startedAt),
    ended_at: toTime(attempt.endedAt),
    duration_ms: finite(attempt.durationMs),
    exit_code: finite(attempt.exitCode),
    signal: attempt.signal ?? null,
    retry_at: toTime(attempt.retryAt),
    stderr: attempt.stderr,
    stdout: attempt.stdout ?? null,
  };
}

function toFactsJson(job: JobFacts) {
  return {
    id: job.id,
    entry: job.plugin,
    command: job.command,
    status: job.status,
    error: job.lastError ?? null,
    attempt: finite(job.attempt),
    max_attempts: finite(job.maxAttempts),
    submitted_by: job.submittedBy,
    created_at: toTime(job.createdAt),
    due_at: toTime(job.dueAt),
    not_before: toTime(job.notBefore),
    started_at: toTime(job.startedAt),
    ended_at: toTime(job.completedAt),
    pid: finite(job.pid),
  };
}
