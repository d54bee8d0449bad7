import type { Subject } from "./subject.ts";

/** How a check ended. `skip` means that it was not made; `got` says why. */
export type CheckOutcome = "pass" | "fail" | "skip";

/** What a check of the plugin found, in words for people. */
export interface Finding {
  readonly outcome: CheckOutcome;
  /** What the plugin received, if it ran. */
  readonly sent?: string | undefined;
  /** What was found, or what the plugin did. */
  readonly got?: string | undefined;
  /** What the plugin wrote to stderr in the run that the check judges. */
  readonly stderr?: string | undefined;
}

/** One requirement for a plugin. */
export interface Check {
  /** Stable: programs may rely on it. */
  readonly id: string;
  /** What holds if the check passes. */
  readonly title: string;
  /** Ids of the checks that must pass before this one is made. */
  readonly needs: readonly string[];
  /** What the author can do about a failure. */
  readonly fix: string;
  readonly inspect: (subject: Subject) => Finding | Promise<Finding>;
}

/** How one check ended for one plugin. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  /** How to fix it, if it failed. */
  readonly fix?: string | undefined;
}

/**
 * Makes the checks in turn, until interrupted. Skips a check if one that it needs did not pass, so
 * that one defect fails one check.
 */
export async function inspectAll(
  checks: readonly Check[],
  subject: Subject,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const { id, title, needs, fix, inspect } of checks) {
    if (subject.options.interrupt.aborted) break;
    const unmet = needs.find((need) => results.get(need)?.outcome !== "pass");
    const found: Finding = unmet === undefined
      ? await inspect(subject)
      : { outcome: "skip", got: `skipped: ${unmet} did not pass` };
    results.set(id, {
      id,
      title,
      ...found,
      ...(found.outcome === "fail" && { fix }),
    });
  }
  return [...results.values()];
}

/** A finding that passes if `ok`. */
export function toFinding(ok: boolean, got?: string, sent?: string): Finding {
  return { outcome: ok ? "pass" : "fail", sent, got };
}
