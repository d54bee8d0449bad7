import { applyUpdates, stateBytes } from "../core/state.ts";
import { type Check, type Finding, toFinding } from "./check.ts";
import { succeeds } from "./run_checks.ts";
import { showText, trialFinding } from "./show.ts";
import type { Subject } from "./subject.ts";
import { stateAfter, type TrialName } from "./trial.ts";

/** How much the state may grow in a repetition, as a time or a counter in it may. */
const SLACK_BYTES = 64;

/** What must hold across several runs, and for unusual requests. */
export const stateChecks: readonly Check[] = [
  {
    id: "state.size",
    title: "the state stays within 1 MiB",
    needs: ["run.succeeds"],
    fix: "keep less in state_updates; keep large data in files of your own",
    inspect: inspectSize,
  },
  {
    id: "state.accepted",
    title: "the plugin succeeds with the state that it returned",
    needs: ["state.size"],
    fix: "read the state as the gateway sends it: the merged object, as JSON",
    inspect: (subject) => succeedsIn(subject, "second"),
  },
  {
    id: "state.idempotent",
    title: `a run repeated with the same state adds no key and at most ${SLACK_BYTES} bytes to it`,
    needs: ["state.accepted"],
    fix: "a job may run twice: derive keys from the data, not from the time, a counter or a pid",
    inspect: inspectRepetition,
  },
  {
    id: "request.unknown-fields",
    title: "the plugin ignores unknown fields of the request",
    needs: ["state.accepted"],
    fix: "read only the fields that you need; a later gateway may send more",
    inspect: (subject) => succeedsIn(subject, "unknown"),
  },
  {
    id: "request.large-state",
    title: "the plugin accepts a request of 1 MiB, with an unknown key in the state",
    needs: ["state.accepted"],
    fix: "read stdin to its end, not just one line or buffer; do not pass it on as an argument",
    inspect: (subject) => succeedsIn(subject, "large"),
  },
];

async function succeedsIn(subject: Subject, name: TrialName): Promise<Finding> {
  return succeeds(await subject.trial(name));
}

async function inspectSize(subject: Subject): Promise<Finding> {
  const { request, ending } = await subject.trial("first");
  if (!ending.ok) return toFinding(false, ending.error);
  const fitted = applyUpdates(request.state, ending.answer.updates);
  return toFinding(fitted.ok, fitted.ok ? `a state of ${fitted.bytes} bytes` : fitted.error);
}

/** As after a crash between a run and its settling: the repetition gets the same state. */
async function inspectRepetition(subject: Subject): Promise<Finding> {
  const repetition = await subject.trial("third");
  const success = succeeds(repetition);
  if (success.outcome !== "pass") return success;
  const once = stateAfter(await subject.trial("second"));
  const twice = stateAfter(repetition, once);
  const added = Object.keys(twice).filter((key) => !Object.hasOwn(once, key));
  const grownBytes = stateBytes(twice) - stateBytes(once);
  return trialFinding(
    added.length === 0 && grownBytes <= SLACK_BYTES,
    repetition,
    `the repetition adds ${grownBytes} bytes and ${added.length} keys ` +
      showText(added.join(" ")),
  );
}
