import { buildCommand } from "@stricli/core";
import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { type Command, complainOfUsage, type Seat } from "./command.ts";
import {
  CONFIG,
  type ConfigFlag,
  configPath,
  describe,
  JSON_FLAG,
  lazily,
  type LookFlags,
} from "./definition.ts";
import type { Whom } from "./pause.ts";
import { proposeEntries } from "./proposals.ts";
import * as values from "./values.ts";

interface WhomFlags extends ConfigFlag {
  readonly all?: boolean;
}

interface PauseFlags extends WhomFlags {
  readonly for?: values.Typed;
}

const ONE = {
  parse: String,
  optional: true,
  placeholder: "entry",
  proposeCompletions: proposeEntries,
  brief: "The entry of the config",
} as const;

const ALL = {
  kind: "boolean",
  optional: true,
  withNegated: false,
  brief: "All entries, in place of one",
} as const;

/** Whom a command is about; complains unless that is one entry, or all. */
function whomOf(
  command: string,
  { all }: WhomFlags,
  name: string | undefined,
): Whom | undefined {
  if (all === true && name === undefined) return { all };
  if (all !== true && name !== undefined) return { name };
  complain(
    name === undefined ? "error: name an entry, or --all" : "error: name either an entry or --all",
  );
  complainOfUsage(command);
  return undefined;
}

/** The command that keeps an entry from starting jobs. */
export const pause: Command = buildCommand<PauseFlags, [entry?: string], Seat>({
  loader: lazily(["read", "write", "env"], async () => {
    const { pause } = await import("./pause.ts");
    return async (seat: Seat, flags: PauseFlags, entry?: string) => {
      const whom = whomOf("pause", flags, entry);
      if (whom === undefined) return ExitCode.usage;
      return await pause(seat, configPath(flags, seat), whom, flags.for);
    };
  }),
  parameters: {
    positional: { kind: "tuple", parameters: [ONE] },
    flags: {
      config: CONFIG,
      all: ALL,
      for: {
        kind: "parsed",
        parse: values.parseTyped,
        optional: true,
        placeholder: "duration",
        brief: "How long [until resume]",
      },
    },
    aliases: { c: "config" },
  },
  docs: describe("Start no more jobs of an entry; what runs, finishes", [
    "pause weather --for 2h",
    "pause --all",
  ]),
});

/** The command that ends a pause, and closes a circuit breaker. */
export const resume: Command = buildCommand<WhomFlags, [entry?: string], Seat>({
  loader: lazily(["read", "write", "env"], async () => {
    const { resume } = await import("./pause.ts");
    return async (seat: Seat, flags: WhomFlags, entry?: string) => {
      const whom = whomOf("resume", flags, entry);
      if (whom === undefined) return ExitCode.usage;
      return await resume(seat, configPath(flags, seat), whom);
    };
  }),
  parameters: {
    positional: { kind: "tuple", parameters: [ONE] },
    flags: { config: CONFIG, all: ALL },
    aliases: { c: "config" },
  },
  docs: describe("End a pause of an entry, and close its circuit breaker", [
    "resume weather",
    "resume --all",
  ]),
});

interface AuditFlags extends LookFlags {
  readonly last?: number;
}

const DEFAULT_LAST = 50;

/** The command that shows what operators did. */
export const audit: Command = buildCommand<AuditFlags, [], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showAudit } = await import("./audit.ts");
    return (seat: Seat, flags: AuditFlags) =>
      showAudit(seat, configPath(flags, seat), flags.last ?? DEFAULT_LAST, flags.json === true);
  }),
  parameters: {
    flags: {
      config: CONFIG,
      json: JSON_FLAG,
      last: {
        kind: "parsed",
        parse: values.parseCount,
        optional: true,
        placeholder: "n",
        brief: `How many [${DEFAULT_LAST}]`,
      },
    },
    aliases: { c: "config" },
  },
  docs: describe("Show what operators did, when, and as which user; of the last year", [
    "audit",
    "audit --last 5",
  ]),
});
