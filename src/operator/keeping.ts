import { buildCommand } from "@stricli/core";
import type { Command, Seat } from "./command.ts";
import { CONFIG, configPath, describe, JSON_FLAG, lazily, type LookFlags } from "./definition.ts";
import * as values from "./values.ts";

/** The command that copies the database. */
export const backup: Command = buildCommand<LookFlags, [string], Seat>({
  loader: lazily(["read", "write", "env"], async () => {
    const { backUp } = await import("./backup.ts");
    return (seat: Seat, flags: LookFlags, file: string) =>
      backUp(seat, configPath(flags, seat), file, flags.json === true);
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "file",
        parse: values.parsePath,
        brief: "Where to write the copy; a file that exists is never overwritten",
      }],
    },
    flags: { config: CONFIG, json: JSON_FLAG },
    aliases: { c: "config" },
  },
  docs: describe("Copy the database, whether the gateway runs or not", [
    "backup /mnt/nas/senechal.db",
    "backup backup-$(date +%F).db",
  ]),
});

/** The command that checks what the database says against what the gateway promises. */
export const verify: Command = buildCommand<LookFlags, [string?], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showVerified } = await import("./verify.ts");
    return (seat: Seat, flags: LookFlags, file?: string) =>
      showVerified(seat, configPath(flags, seat), file, flags.json === true);
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "file",
        parse: values.parsePath,
        optional: true,
        brief: "A backup [the database of the config]",
      }],
    },
    flags: { config: CONFIG, json: JSON_FLAG },
    aliases: { c: "config" },
  },
  docs: describe("Check that the database holds what the gateway promises; exit 1 if not", [
    "verify",
    "verify /mnt/nas/senechal.db",
  ]),
});
