import type { AttemptRow, JobRow } from "./rows.ts";

/** A job with its attempts in order; one of the two may be missing. */
export interface JobHistory {
  readonly job: JobRow | undefined;
  readonly attempts: readonly AttemptRow[];
}

/** Brings together two tables that are sorted by the bytes of the job's id, as SQLite sorts texts. */
export function* byJob(
  jobs: Iterator<JobRow>,
  attempts: Iterator<AttemptRow>,
): Generator<JobHistory> {
  let job = nextOf(jobs);
  let attempt = nextOf(attempts);
  while (job !== undefined || attempt !== undefined) {
    const order = job === undefined
      ? 1
      : attempt === undefined
      ? -1
      : compareBytes(job.id, attempt.jobId);
    const id = order > 0 ? attempt?.jobId : job?.id;
    const own: AttemptRow[] = [];
    while (attempt !== undefined && id !== undefined && compareBytes(attempt.jobId, id) === 0) {
      own.push(attempt);
      attempt = nextOf(attempts);
    }
    yield { job: order > 0 ? undefined : job, attempts: own };
    if (order <= 0) job = nextOf(jobs);
  }
}

function nextOf<T>(items: Iterator<T>): T | undefined {
  const { done, value } = items.next();
  return done === true ? undefined : value;
}

/** Negative, zero or positive, as `memcmp`. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
