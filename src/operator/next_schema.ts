import * as z from "zod/mini";
import { timeSchema } from "./status_schema.ts";

const runSchema = z.object({
  entry: z.string(),
  kind: z.enum(["poll", "queued", "retry"]).check(z.describe(
    "queued: a job that may start; retry: another attempt of a job that failed",
  )),
  earliest_at: timeSchema,
  latest_at: timeSchema.check(z.describe("Later than earliest_at if a draw is still to be made")),
});

/** What `next --json` prints. */
export const nextSchema = z.object({
  config: z.string().check(z.describe("The config file, as an absolute path")),
  config_changed: z.boolean().check(z.describe("Whether it has changed since the gateway read it")),
  gateway: z.enum(["running", "stopped", "silent", "never started"])
    .check(z.describe("If it does not run, the runs are those of one that starts now")),
  from: timeSchema,
  until: timeSchema,
  runs: z.array(runSchema).check(
    z.describe(
      "By time; of the entry that is asked for the next one at least, even if it is later",
    ),
  ),
  left_out: z.array(z.object({ entry: z.string(), at_least: z.int(), at_most: z.int() }))
    .check(z.describe("How many more polls of an entry there are until then")),
  idle: z.array(z.object({
    entry: z.string(),
    because: z.enum(["disabled", "refused", "paused", "schedule unreadable", "later"])
      .check(z.describe("later: no run until then")),
  })),
});

/** The same, as a type. Programs of this project import only that, so the bundle has no schema. */
export type NextJson = z.output<typeof nextSchema>;
