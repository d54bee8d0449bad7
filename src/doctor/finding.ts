import type { Facts, TableFacts } from "./facts.ts";

/** How much a finding matters, the worst first. Only a problem makes the exit code 1. */
export const SEVERITIES = ["problem", "warning", "note"] as const;

/** How much a finding matters. */
export type Severity = typeof SEVERITIES[number];

/** Something that is wrong. */
export interface Found {
  /** What was seen, for people. */
  readonly evidence: string;
  /** A command for a shell; its comment says what else to know. */
  readonly fix: string;
}

/** What a check found, or why it could not be made here. */
export type Judgement = readonly Found[] | { readonly notChecked: string };

/** One thing that should be so. */
export interface Check {
  /** Stable: programs may rely on it. */
  readonly id: string;
  readonly severity: Severity;
  readonly judge: (facts: Facts) => Judgement;
}

/** What was found, by whom. */
export interface Finding extends Found {
  readonly id: string;
  readonly severity: Severity;
}

/** Everything that the checks said. */
export interface Report {
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** How many checks could be made. */
  readonly made: number;
  readonly notMade: readonly { readonly id: string; readonly why: string }[];
}

/** Makes every check over the same facts. */
export function examine(checks: readonly Check[], facts: Facts): Report {
  const judged = checks.map((check) => ({ ...check, said: check.judge(facts) }));
  const findings = judged.flatMap(({ id, severity, said }) =>
    "notChecked" in said ? [] : said.map((found) => ({ id, severity, ...found }))
  );
  const notMade = judged.flatMap(({ id, said }) =>
    "notChecked" in said ? [{ id, why: said.notChecked }] : []
  );
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return {
    findings: findings.toSorted((a, b) => rank(a) - rank(b)),
    made: checks.length - notMade.length,
    notMade,
  };
}

/** Why the tables say nothing. */
export const NO_DATABASE = { notChecked: "no gateway has run here yet" };
export const UNREADABLE = { notChecked: "the database cannot be read" };

/** Makes a check that cannot be made without the tables. */
export function overTables(
  judge: (tables: TableFacts, facts: Facts) => Judgement,
): (facts: Facts) => Judgement {
  return (facts) => {
    const { database } = facts;
    if (database.kind === "read") return judge(database.tables, facts);
    return database.kind === "missing" ? NO_DATABASE : UNREADABLE;
  };
}
