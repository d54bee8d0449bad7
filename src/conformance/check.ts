import type { Subject } from "./subject.ts";

/** How a check came out. `skip` means it could not be looked at, because of another check. */
export type CheckOutcome = "pass" | "fail" | "skip";

/** What a look at the plugin found, in words for people. */
export interface Finding {
  readonly outcome: CheckOutcome;
  /** What the plugin was given, where it was run. */
  readonly sent?: string | undefined;
  /** What was found, or what the plugin did. */
  readonly came?: string | undefined;
}

/** One thing that a plugin has to fulfil. */
export interface Check {
  /** Stable: programs may rely on it. */
  readonly id: string;
  /** What holds where the check passes. */
  readonly title: string;
  /** Ids of the checks that have to pass before this one can be looked at. */
  readonly needs: readonly string[];
  /** What the author does about a failure. */
  readonly mend: string;
  readonly look: (subject: Subject) => Finding | Promise<Finding>;
}

/** How one check came out for one plugin. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  /** How to mend it, where it failed. */
  readonly mend?: string | undefined;
}

/**
 * Looks at each check in turn. A check whose needs did not all pass is skipped, so that one defect
 * fails one check.
 */
export async function lookAt(
  checks: readonly Check[],
  subject: Subject,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const { id, title, needs, mend, look } of checks) {
    const unmet = needs.find((need) => results.get(need)?.outcome !== "pass");
    const finding: Finding = unmet === undefined
      ? await look(subject)
      : { outcome: "skip", came: `not looked at, because ${unmet} did not pass` };
    results.set(id, {
      id,
      title,
      ...finding,
      ...(finding.outcome === "fail" && { mend }),
    });
  }
  return [...results.values()];
}

/** A finding that passes where `ok` holds. */
export function finding(ok: boolean, came?: string, sent?: string): Finding {
  return { outcome: ok ? "pass" : "fail", sent, came };
}
