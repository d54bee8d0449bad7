import * as z from "zod/mini";
import { SEVERITIES } from "../doctor/finding.ts";

/** What `doctor --json` prints. */
export const doctorSchema = z.object({
  config: z.string().check(z.describe("The config file, as an absolute path")),
  ok: z.boolean().check(z.describe("Whether there is no problem; warnings do not count")),
  checks: z.int().check(z.minimum(0), z.describe("How many checks could be made here")),
  findings: z.array(z.object({
    id: z.string().check(z.describe("Stable: programs may rely on it")),
    severity: z.enum(SEVERITIES),
    evidence: z.string().check(z.describe("What was seen, for people")),
    fix: z.string().check(z.describe("A command for a shell; its comment says what else to know")),
  })).check(z.describe("The worst first")),
  not_checked: z.array(z.object({
    id: z.string(),
    reason: z.string().check(z.describe("Why the check could not be made, for people")),
  })),
});

/** The same, as a type. Programs of this project import only that, so the bundle has no schema. */
export type DoctorJson = z.output<typeof doctorSchema>;
