import * as z from "zod/mini";

/** What `backup --json` prints. */
export const backupSchema = z.object({
  database: z.string().check(z.describe("What was copied, as an absolute path")),
  backup: z.string().check(z.describe("The copy, as an absolute path")),
  bytes: z.int().check(z.describe("Its size")),
  version: z.int().check(z.describe("The version of its tables")),
});

/** The same, as a type. */
export type BackupJson = z.output<typeof backupSchema>;
