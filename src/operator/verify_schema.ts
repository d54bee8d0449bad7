import * as z from "zod/mini";
import { PROMISE_IDS } from "../verify/verify.ts";

const findingSchema = z.object({
  promise: z.enum(PROMISE_IDS),
  table: z.string(),
  key: z.string().check(z.describe("What identifies the row, for people")),
  what: z.string().check(z.describe("What the row holds, and what was expected; for people")),
  why: z.string().check(z.describe("The promise, for people")),
});

/** What `verify --json` prints. */
export const verifySchema = z.object({
  database: z.string().check(z.describe("What was checked, as an absolute path")),
  ok: z.boolean().check(z.describe("Whether every promise holds")),
  jobs: z.int(),
  attempts: z.int(),
  entries: z.int(),
  broken: z.array(findingSchema).check(z.describe("The first rows that break a promise")),
  more: z.int().check(z.describe("How many more there are")),
  notes: z.array(findingSchema).check(z.describe("The first rows that a moved clock explains")),
  more_notes: z.int(),
});

/** The same, as a type. */
export type VerifyJson = z.output<typeof verifySchema>;
