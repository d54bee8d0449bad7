import { buildCommand } from "@stricli/core";
import { JOB_STATES, type JobState } from "../core/job.ts";
import type { Command, Seat } from "./command.ts";
import { CONFIG, configPath, describe, JSON_FLAG, lazily, type LookFlags } from "./definition.ts";
import { proposeBoth, proposeEntries, proposeJobs } from "./proposals.ts";
import * as values from "./values.ts";

const LAST = {
  kind: "parsed",
  parse: values.parseRows,
  default: "20",
  placeholder: "n",
} as const;

interface JobsFlags extends LookFlags {
  readonly plugin?: string;
  readonly status?: readonly JobState[];
  readonly since?: number;
  readonly last: number;
}

/** The command that lists jobs. */
export const jobs: Command = buildCommand<JobsFlags, [], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showJobs } = await import("./jobs.ts");
    return (seat: Seat, { plugin, status = [], since, last, ...flags }: JobsFlags) => {
      const filter = { plugin, states: status, since, limit: last };
      return showJobs(seat, configPath(flags, seat), filter, flags.json === true);
    };
  }),
  parameters: {
    flags: {
      plugin: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "name",
        proposeCompletions: proposeEntries,
        brief: "Only jobs of this entry",
      },
      status: {
        kind: "parsed",
        parse: values.parseOneOf(JOB_STATES),
        variadic: ",",
        optional: true,
        placeholder: "is",
        proposeCompletions: (partial) => JOB_STATES.filter((state) => state.startsWith(partial)),
        brief: "Only jobs in these states, such as failed,dead",
      },
      since: {
        kind: "parsed",
        parse: values.parseSince,
        optional: true,
        placeholder: "2h",
        brief: "Only jobs that are live or ended since: 2h, 2026-01-31T07:30",
      },
      last: { ...LAST, brief: "At most so many jobs" },
      config: CONFIG,
      json: JSON_FLAG,
    },
    aliases: { c: "config" },
  },
  docs: describe("List jobs: those that run or wait, then those that ended, the newest first", [
    "jobs --plugin calendar --since 1d",
    "jobs --status failed,dead --last 100 --json",
  ]),
});

/** The command that shows one job. */
export const job: Command = buildCommand<LookFlags, [string], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showJob } = await import("./job.ts");
    return (seat: Seat, flags: LookFlags, id: string) =>
      showJob(seat, configPath(flags, seat), id, flags.json === true);
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "id",
        parse: values.parseWord,
        proposeCompletions: proposeJobs,
        brief: "The job's id, or a beginning of it that no other has",
      }],
    },
    flags: { config: CONFIG, json: JSON_FLAG },
    aliases: { c: "config" },
  },
  docs: describe("Show one job, with all its attempts and what its plugin wrote", [
    "job 3f2a9c1e",
    "job 3f2a9c1e --json | jq -r '.attempts[].stderr'",
  ]),
});

interface LogFlags extends LookFlags {
  readonly last: number;
  readonly lastFailure?: boolean;
  readonly follow?: boolean;
}

/** The command that shows what plugins wrote. */
export const log: Command = buildCommand<LogFlags, [string?], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { showLog } = await import("./log.ts");
    return (seat: Seat, flags: LogFlags, word?: string) =>
      showLog(seat, configPath(flags, seat), flags, word);
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "name or id",
        parse: values.parseWord,
        optional: true,
        proposeCompletions: proposeBoth,
        brief: "An entry, or the beginning of a job's id; all entries if left out",
      }],
    },
    flags: {
      last: { ...LAST, brief: "At most so many attempts" },
      lastFailure: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Only the last attempt that failed, with its answer",
      },
      follow: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Go on with those that end from now on, until ctrl-C",
      },
      config: CONFIG,
      json: { ...JSON_FLAG, brief: "Write one JSON object; with --follow, one a line" },
    },
    aliases: { c: "config", f: "follow" },
  },
  docs: describe("Show what plugins wrote to stderr, and their errors, attempt by attempt", [
    "log calendar --last-failure",
    "log -f",
  ]),
});
