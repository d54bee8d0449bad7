import * as z from "zod/mini";
import { timeSchema } from "./status_schema.ts";

const numberSchema = z.nullable(z.number());
const textSchema = z.nullable(z.string());

const facts = {
  id: z.string(),
  entry: z.string(),
  command: z.string(),
  status: z.string().check(z.describe("queued, running, succeeded, failed or dead")),
  error: textSchema.check(z.describe("Of its last attempt that did not succeed")),
  attempt: numberSchema.check(z.describe("The one that is queued, runs or was the last; from 1")),
  max_attempts: numberSchema,
  submitted_by: z.string(),
  created_at: timeSchema,
  due_at: timeSchema.check(z.describe("The time that the run is meant for")),
  not_before: timeSchema.check(z.describe("The end of its wait, while it waits")),
  started_at: timeSchema.check(z.describe("Of its last attempt")),
  ended_at: timeSchema.check(z.describe("null while it is queued or runs")),
  pid: numberSchema.check(z.describe("The process group of its plugin, while it runs")),
};

const jobSchema = z.object({
  ...facts,
  reason: textSchema.check(z.describe("Why its last attempt did not succeed")),
  duration_ms: numberSchema.check(z.describe("Of its last attempt; null while it is live")),
});

const attemptSchema = z.object({
  job_id: z.string(),
  entry: z.string(),
  command: z.string(),
  status: z.string().check(z.describe("succeeded, failed, interrupted or dead")),
  reason: textSchema,
  error: textSchema,
  attempt: numberSchema.check(z.describe("Counts from 1")),
  started_at: timeSchema,
  ended_at: timeSchema,
  duration_ms: numberSchema,
  exit_code: numberSchema,
  signal: textSchema,
  retry_at: timeSchema.check(z.describe("When the next attempt was due; null after the last one")),
  stderr: z.string(),
  stdout: textSchema.check(z.describe("The answer, if it did not succeed")),
});

/** What `jobs --json` prints. */
export const jobsSchema = z.object({
  jobs: z.array(jobSchema)
    .check(z.describe("Those that run, those that are queued, then those that ended")),
});

/** What `job --json` prints. */
export const wholeJobSchema = z.object({
  job: z.object({
    ...facts,
    payload: z.nullable(z.record(z.string(), z.unknown()))
      .check(z.describe("null if it cannot be read")),
  }),
  attempts: z.array(attemptSchema).check(z.describe("Those that ended, in their order")),
});

/** What `log --json` prints; with `--follow`, one attempt a line. */
export const logSchema = z.object({
  attempts: z.array(attemptSchema).check(z.describe("Those that ended, the oldest first")),
});

/** The same, as types. Programs of this project import only these, so the bundle has no schema. */
export type JobJson = z.output<typeof jobSchema>;
export type AttemptJson = z.output<typeof attemptSchema>;
export type JobsJson = z.output<typeof jobsSchema>;
export type WholeJobJson = z.output<typeof wholeJobSchema>;
export type LogJson = z.output<typeof logSchema>;
