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
import { proposeEntries } from "./proposals.ts";
import * as values from "./values.ts";

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
    positional: { kind: "tuple", parameters: [{ ...ENTRY, proposeCompletions: proposeEntries }] },
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

interface NextFlags extends LookFlags {
  readonly for?: number;
}

/** The command that says what runs next. */
export const next: Command = buildCommand<NextFlags, [entry?: string], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showNext } = await import("./next.ts");
    return (seat: Seat, flags: NextFlags, entry?: string) =>
      showNext(seat, configPath(flags, seat), {
        entry,
        forMs: flags.for,
        asJson: flags.json === true,
      });
  }),
  parameters: {
    positional: { kind: "tuple", parameters: [{ ...ENTRY, proposeCompletions: proposeEntries }] },
    flags: {
      config: CONFIG,
      json: JSON_FLAG,
      for: {
        kind: "parsed",
        parse: values.parseTimeout,
        optional: true,
        placeholder: "duration",
        brief: "How far to look ahead [7d]",
      },
    },
    aliases: { c: "config" },
  },
  docs: describe("Show the runs to come, as the scheduler will make them", [
    "next",
    "next weather --for 12h",
    "next --json | jq '.runs[0]'",
  ]),
});

/** The command that says why an entry does not run now. */
export const why: Command = buildCommand<LookFlags, [entry: string], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showWhy } = await import("./why.ts");
    return (seat: Seat, flags: LookFlags, entry: string) =>
      showWhy(seat, configPath(flags, seat), entry, flags.json === true);
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "entry",
        proposeCompletions: proposeEntries,
        brief: "An entry of the config",
      }],
    },
    flags: { config: CONFIG, json: JSON_FLAG },
    aliases: { c: "config" },
  },
  docs: describe("Say why an entry does not run now, and what would change that", [
    "why weather",
    "why weather --json | jq .reason",
  ]),
});
