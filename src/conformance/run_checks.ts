import type { Ended } from "../process/process.ts";
import { answerChecks, FIELD_CHECKS } from "./answer_checks.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { trialFinding } from "./show.ts";
import type { Subject } from "./subject.ts";
import type { Trial } from "./trial.ts";

/** What the first run must do, with an empty state. */
export const runChecks: readonly Check[] = [
  {
    id: "run.spawns",
    title: "the system can start the entrypoint",
    needs: ["entrypoint.line-ends"],
    fix: "do what the error says; try to start the entrypoint by hand",
    inspect: async (subject) => {
      const { run } = await subject.trial("first");
      return toFinding(run.kind === "ended", run.kind === "ended" ? undefined : run.error);
    },
  },
  {
    id: "run.deadline",
    title: "the plugin answers and ends before its deadline",
    needs: ["run.spawns"],
    fix: "exit after the answer; do less in one run; raise --timeout",
    inspect: (subject) => firstRun(subject, ({ cause }) => cause === "exit"),
  },
  {
    id: "run.exit-code",
    title: "the plugin ends with exit code 0",
    needs: ["run.deadline"],
    fix: "exit with 0; report a failure as status error in the answer",
    inspect: (subject) =>
      firstRun(subject, ({ exitCode, signal }) => exitCode === 0 && signal === undefined),
  },
  {
    id: "children.none",
    title: "no process is left once the plugin has ended",
    needs: ["run.deadline"],
    fix: "wait for every process that the plugin starts, or do not start it in the background",
    inspect: (subject) => firstRun(subject, ({ leftovers }) => leftovers.kind === "none"),
  },
  {
    id: "stdout.size",
    title: "stdout stays within 10 MiB",
    needs: ["run.exit-code"],
    fix: "return less; keep large data in files of your own",
    inspect: (subject) => firstRun(subject, ({ stdout }) => stdout.dropped === 0),
  },
  ...answerChecks,
  {
    id: "run.succeeds",
    title: "the run succeeds with the given config and an empty state",
    needs: FIELD_CHECKS,
    fix: "see the error; the plugin may need a key in --config, or a service may be down",
    inspect: async (subject) => succeeds(await subject.trial("first")),
  },
  {
    id: "stderr.quiet",
    title: "a run that succeeds writes nothing to stderr",
    needs: ["run.succeeds"],
    fix: "write log lines to `logs`; the gateway logs stderr as warnings",
    inspect: (subject) => firstRun(subject, ({ stderr }) => stderr.bytes.length === 0),
  },
];

/** Passes if the gateway would count the trial as a success. */
export function succeeds(trial: Trial): Finding {
  const { ending } = trial;
  return ending.ok
    ? trialFinding(true, trial)
    : trialFinding(false, trial, `${ending.reason}: ${ending.error}`);
}

async function firstRun(subject: Subject, holds: (run: Ended) => boolean): Promise<Finding> {
  const trial = await subject.trial("first");
  return trialFinding(trial.run.kind === "ended" && holds(trial.run), trial);
}
