import * as z from "zod/mini";
import { CONDITIONS } from "../reader/status.ts";

/** A time in ISO 8601, UTC; `null` for none, or one that cannot be read. */
export const timeSchema = z.nullable(z.iso.datetime());

const lastRunSchema = z.object({
  job_id: z.string(),
  status: z.string(),
  reason: z.nullable(z.string()),
  error: z.nullable(z.string()),
  ended_at: timeSchema,
  duration_ms: z.nullable(z.number()),
});

const entrySchema = z.object({
  name: z.string(),
  condition: z.enum(CONDITIONS).check(z.describe(
    "failing: its last job failed, even if resume has forgotten it; retrying: its next attempt is due; new: no attempt has ended",
  )),
  error: z.nullable(z.string()).check(z.describe("Why it is refused")),
  failures: z.int().check(z.describe("Polls that failed in a row")),
  failing_since: timeSchema,
  last_success_at: timeSchema,
  circuit_breaker: z.enum(["closed", "open", "half-open"]),
  paused: z.nullable(z.object({
    all: z.boolean().check(z.describe("Whether all entries are paused together")),
    since: timeSchema,
    until: timeSchema.check(z.describe("null: until resume")),
    by: z.string(),
  })),
  last_run: z.nullable(lastRunSchema),
  running_since: timeSchema,
  queued: z.int().check(z.describe("Jobs that are queued, those that wait for a retry included")),
  retry_at: timeSchema,
  next_run_at: timeSchema,
  next_try_at: timeSchema.check(
    z.describe(
      "A job that is queued, a retry, or the tick that queues a poll; null without a gateway",
    ),
  ),
});

/** What `status --json` prints. */
export const statusSchema = z.object({
  config: z.string().check(z.describe("The config file, as an absolute path")),
  config_changed: z.boolean().check(z.describe("Whether it has changed since the gateway read it")),
  ok: z.boolean().check(z.describe("Whether the gateway runs and nothing fails")),
  summary: z.string().check(z.describe("What is wrong, for people")),
  gateway: z.nullable(z.object({
    life: z.enum(["running", "stopped", "silent", "never started"])
      .check(z.describe("silent: it neither ticks nor has it stopped in an orderly way")),
    name: z.nullable(z.string()),
    version: z.nullable(z.string()),
    pid: z.nullable(z.number()),
    started_at: timeSchema,
    tick_at: timeSchema,
    stopped_at: timeSchema,
    dropped_log_lines: z.int(),
  })),
  entries: z.array(entrySchema).check(z.describe("The sick first")),
  lately: z.optional(z.object({
    days: z.int(),
    attempts: z.int().check(z.describe("Of these days, but at most the last 10,000")),
    by_status: z.record(z.string(), z.int()),
    median_ms: z.nullable(z.number()),
    p95_ms: z.nullable(z.number()).check(z.describe("19 of 20 attempts took at most as long")),
  })).check(z.describe("Only of the entry that is asked for")),
});

/** The same, as a type. Programs of this project import only that, so the bundle has no schema. */
export type StatusJson = z.output<typeof statusSchema>;
