import { type Check, type CheckResult, inspectAll } from "./check.ts";
import { entrypointChecks } from "./entrypoint_checks.ts";
import { manifestChecks } from "./manifest_checks.ts";
import { runChecks } from "./run_checks.ts";
import { signalChecks } from "./signal_checks.ts";
import { stateChecks } from "./state_checks.ts";
import { createSubject, type SubjectOptions } from "./subject.ts";

/** Every check, each after those that it needs. */
export const CHECKS: readonly Check[] = [
  ...manifestChecks,
  ...entrypointChecks,
  ...runChecks,
  ...stateChecks,
  ...signalChecks,
];

/** Checks a plugin folder. Runs the plugin up to six times, as the gateway would. */
export async function checkPlugin(options: SubjectOptions): Promise<readonly CheckResult[]> {
  return await inspectAll(CHECKS, createSubject(options));
}
