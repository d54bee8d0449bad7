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
    const isOfNone = job === undefined || (attempt !== undefined && attempt.jobId < job.id);
    const id = isOfNone ? attempt?.jobId : job?.id;
    const own: AttemptRow[] = [];
    while (attempt !== undefined && attempt.jobId === id) {
      own.push(attempt);
      attempt = nextOf(attempts);
    }
    yield { job: isOfNone ? undefined : job, attempts: own };
    if (!isOfNone) job = nextOf(jobs);
  }
}

function nextOf<T>(items: Iterator<T>): T | undefined {
  const { done, value } = items.next();
  return done === true ? undefined : value;
}
