import { buildCommand } from "@stricli/core";
import type { Command, Seat } from "./command.ts";
import {
  CONFIG,
  configPath,
  describe,
  ENTRY,
  JSON_FLAG,
  lazily,
  type LookFlags,
} from "./definition.ts";

interface StatusFlags extends LookFlags {
  readonly watch?: boolean;
}

/** The command that says how everything is. */
export const status: Command = buildCommand<StatusFlags, [name?: string], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showStatus } = await import("./status.ts");
    return (seat: Seat, flags: StatusFlags, name?: string) =>
      showStatus(seat, configPath(flags, seat), {
        name,
        json: flags.json === true,
        watch: flags.watch === true,
      });
  }),
  parameters: {
    positional: { kind: "tuple", parameters: [ENTRY] },
    flags: {
      config: CONFIG,
      json: JSON_FLAG,
      watch: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Show it again every two seconds, until ctrl-C",
      },
    },
    aliases: { c: "config" },
  },
  docs: describe("Show how every entry is, the sick first; exit 1 if one is", [
    "status",
    "status weather",
    "status --json | jq .summary",
  ]),
});

/** The command that says what is wrong with an installation. */
export const doctor: Command = buildCommand<LookFlags, [], Seat>({
  loader: lazily(["read", "run", "env"], async () => {
    const { showDoctor } = await import("./doctor.ts");
    return (seat: Seat, flags: LookFlags) =>
      showDoctor(seat, configPath(flags, seat), flags.json === true);
  }),
  parameters: { flags: { config: CONFIG, json: JSON_FLAG }, aliases: { c: "config" } },
  docs: describe(
    "Show what is wrong with this installation and how to fix it; exit 1 if it matters",
    [
      "doctor",
      "doctor --json | jq -r '.findings[].fix'",
    ],
  ),
});
