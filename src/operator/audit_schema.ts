import * as z from "zod/mini";
import { timeSchema } from "./status_schema.ts";

/** What `audit --json` prints. */
export const auditSchema = z.object({
  deeds: z.array(z.object({
    at: timeSchema,
    user: z.string().check(z.describe("As SUDO_USER, LOGNAME or USER named it")),
    command: z.string(),
    arguments: z.array(z.string()).check(z.describe("Without secrets")),
  })).check(z.describe("The last first")),
});

/** The same, as a type. */
export type AuditJson = z.output<typeof auditSchema>;
