import * as z from "zod/mini";
import { REASONS } from "../reader/why.ts";
import { timeSchema } from "./status_schema.ts";

const jobSchema = z.object({
  id: z.string(),
  status: z.string(),
  attempt: z.nullable(z.int()),
  max_attempts: z.nullable(z.int()),
  submitted_by: z.string(),
  created_at: timeSchema,
  due_at: timeSchema,
  not_before: timeSchema.check(z.describe("The end of its wait for a retry")),
  started_at: timeSchema,
  deadline_at: timeSchema,
  pid: z.nullable(z.int()),
});

/** What `why --json` prints. */
export const whySchema = z.object({
  config: z.string().check(z.describe("The config file, as an absolute path")),
  config_changed: z.boolean().check(z.describe("Whether it has changed since the gateway read it")),
  entry: z.string(),
  reason: z.enum(REASONS).check(z.describe("Why it does not run now; running: it does")),
  sentence: z.string().check(z.describe("The same, and what changes it, for people")),
  until: timeSchema.check(z.describe("When that ends at the latest, if time alone ends it")),
  refusal: z.nullable(z.object({ code: z.nullable(z.string()), error: z.nullable(z.string()) })),
  job: z.nullable(jobSchema).check(z.describe("The job of it that runs, or runs next")),
  taken_by: z.array(z.object({ entry: z.string(), job_id: z.string(), started_at: timeSchema }))
    .check(z.describe("The jobs whose end it waits for")),
  queued: z.int().check(z.describe("How many jobs of it are queued")),
  entries_ahead: z.int().check(z.describe("How many other entries have a job ahead of its own")),
  running: z.int().check(z.describe("How many jobs of all entries run")),
  max_running: z.nullable(z.int()),
  pool: z.nullable(z.object({ name: z.string(), places: z.nullable(z.int()) })),
  schedule: z.nullable(z.object({
    every_ms: z.number(),
    jitter_ms: z.number(),
    last_run_at: timeSchema,
    next_run_at: timeSchema,
  })),
  next_tick_at: timeSchema,
  next_poll: z.nullable(z.object({ earliest_at: timeSchema, latest_at: timeSchema }))
    .check(z.describe("The tick that queues the next poll, if no job of the entry lives then")),
  circuit_breaker: z.object({
    state: z.enum(["closed", "open", "half-open"]),
    failures: z.int(),
    threshold: z.nullable(z.int()),
    until: timeSchema,
  }),
  gateway: z.enum(["running", "stopped", "silent", "never started"]),
});

/** The same, as a type. Programs of this project import only that, so the bundle has no schema. */
export type WhyJson = z.output<typeof whySchema>;
