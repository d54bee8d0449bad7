import { ExitCode } from "../base/exit_code.ts";
import { statIfThere } from "../base/file.ts";
import { formatJson } from "../base/json.ts";
import type { Redact } from "../base/redact.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { loadConfig } from "../config/config.ts";
import { CHECKS } from "../doctor/checks.ts";
import type { DatabaseFacts } from "../doctor/facts.ts";
import { examine, type Finding, type Report, type Severity } from "../doctor/finding.ts";
import { gather } from "../doctor/gather.ts";
import { loadSetup } from "../plugin/setup.ts";
import { examineState } from "../reader/installation.ts";
import { DatabaseUnusable } from "../sqlite/storage_error.ts";
import type { Seat } from "./command.ts";
import type { DoctorJson } from "./doctor_schema.ts";
import { complainOfConfig, digestOf } from "./look.ts";
import { print } from "./print.ts";
import { paint, type Screen, type Style } from "./screen.ts";
import { wrap } from "./wrap.ts";

/** Prints what is wrong with the installation of this config, and the fixes. Exit code 1 for a problem. */
export async function showDoctor(seat: Seat, path: string, asJson: boolean): Promise<ExitCode> {
  const { env, screen } = seat;
  const loaded = loadConfig(path, (name) => env[name]);
  if (!loaded.ok) {
    complainOfConfig(loaded.problems);
    return ExitCode.badConfig;
  }
  const { config } = loaded;
  const setup = loadSetup(config);
  const now = screen.now();
  const digest = await digestOf(config.text);
  const readDatabase = () => examineDatabase(config.statePath, now);
  const facts = await gather({ setup, readDatabase, digest, env, now });
  const report = masked(examine(CHECKS, facts), setup.redact);
  const printed = print(
    asJson ? formatJson(toJson(report, config.path)) : renderReport(report, screen).join("\n"),
  );
  return isSound(report) ? printed : ExitCode.failure;
}

function examineDatabase(path: string, now: number): DatabaseFacts {
  try {
    const found = statIfThere(path);
    if (found === undefined || found.size === 0) return { kind: "missing" };
    if (found.isFile) Deno.openSync(path).close(); // opening a FIFO may block for ever
    return { kind: "read", ...examineState(path, now) };
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return { kind: "forbidden" };
    if (!(error instanceof DatabaseUnusable)) throw error;
    const because = error.isDamaged ? "damage" : "other";
    return { kind: "unusable", error: error.message, because };
  }
}

function masked(report: Report, redact: Redact): Report {
  const findings = report.findings.map(({ evidence, fix, ...rest }) => (
    { ...rest, evidence: redact(evidence), fix: redact(fix) }
  ));
  return { ...report, findings };
}

function isSound({ findings }: Report): boolean {
  return findings.every(({ severity }) => severity !== "problem");
}

function toJson(report: Report, config: string): DoctorJson {
  return {
    config,
    ok: isSound(report),
    checks: report.made,
    findings: [...report.findings],
    not_checked: report.notMade.map(({ id, why }) => ({ id, reason: why })),
  };
}

const STYLES: Readonly<Record<Severity, Style>> = {
  problem: "red",
  warning: "yellow",
  note: "dim",
};

type Look = Pick<Screen, "columns" | "isTerminal" | "useColors">;

/**
 * A line for each finding, with its fix below; the verdict is last, so that a terminal shows it. On a
 * terminal lines are wrapped, but for the fixes, which are to be copied.
 */
export function renderReport(report: Report, screen: Look): string[] {
  return [
    ...report.findings.flatMap((finding) => renderFinding(finding, screen)),
    ...renderNotMade(report).map((line) => fit(line, screen)),
    paint(describeVerdict(report), isSound(report) ? "green" : "red", screen),
  ];
}

function renderFinding(
  { id, severity, evidence, fix }: Finding,
  screen: Look,
): readonly string[] {
  const line = fit(`${severity}: ${id}: ${escapeUnseen(evidence)}`, screen);
  return [
    paint(severity, STYLES[severity], screen) + line.slice(severity.length),
    `  fix: ${escapeUnseen(fix)}`,
  ];
}

/** A program that reads the lines gets each finding in one. */
function fit(line: string, { isTerminal, columns }: Look): string {
  return isTerminal ? wrap(line, columns, "    ") : line;
}

/** A line for each reason. */
function renderNotMade({ notMade }: Report): readonly string[] {
  return [...Map.groupBy(notMade, ({ why }) => why)].map(([why, checks]) =>
    escapeUnseen(`not checked: ${why}: ${checks.map(({ id }) => id).join(", ")}`)
  );
}

function describeVerdict({ findings, made, notMade }: Report): string {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const found = [
    problems === 0 ? "No problems found" : plural(problems, "problem"),
    ...(warnings === 0 ? [] : [plural(warnings, "warning")]),
  ];
  const left = notMade.length === 0 ? "" : `, ${notMade.length} not made`;
  return `${found.join(", ")}; ${plural(made, "check")}${left}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
