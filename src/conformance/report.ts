import * as z from "zod/mini";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import type { CheckOutcome, CheckResult } from "./check.ts";

const number = z.int().check(z.minimum(0));

/** What `check-plugin --json` prints. */
export const checkPluginSchema = z.object({
  folder: z.string().check(z.describe("The plugin folder as given")),
  passed: number,
  failed: number,
  skipped: number,
  results: z.array(z.object({
    id: z.string().check(z.describe("Stable: programs may rely on it")),
    title: z.string().check(z.describe("What holds if the check passes")),
    outcome: z.enum(["pass", "fail", "skip"]),
    sent: z.optional(z.string()).check(z.describe("What the plugin received, if it ran")),
    got: z.optional(z.string()).check(z.describe("What was found, or why the check was skipped")),
    stderr: z.optional(z.string()).check(z.describe("What the plugin wrote to stderr in that run")),
    fix: z.optional(z.string()).check(z.describe("How to fix a failure")),
  })),
});

/** The order of the report: what needs a fix comes first. */
const OUTCOMES: readonly CheckOutcome[] = ["fail", "pass", "skip"];

/**
 * The results for people: a line for each check, failures first, each with its fix and what the
 * plugin said. The verdict is last, so that a terminal shows it.
 */
export function renderText(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ id }) => id.length));
  const said = new Set<string>();
  const lines = OUTCOMES.flatMap((wanted) =>
    results.filter(({ outcome }) => outcome === wanted)
      .flatMap((result) => [
        `${result.outcome}  ${result.id.padEnd(width)}  ${result.title}`,
        ...renderDetails(result, said),
      ])
  );
  return [...lines, renderVerdict(results)].join("\n");
}

/** @param said each stderr shown so far: several checks may judge one run. */
function renderDetails({ outcome, sent, got, stderr, fix }: CheckResult, said: Set<string>) {
  if (outcome === "pass") return [];
  if (outcome === "skip") return [`      ${escapeUnseen(got ?? "")}`];
  const isNew = stderr !== undefined && !said.has(stderr);
  if (stderr !== undefined) said.add(stderr);
  return [
    ...(sent === undefined ? [] : [`      sent: ${escapeUnseen(sent)}`]),
    ...(got === undefined ? [] : [`      got:  ${escapeUnseen(got)}`]),
    ...(isNew ? ["      stderr:", ...stderr.split("\n").map(renderLine)] : []),
    ...(fix === undefined ? [] : [`      fix:  ${fix}`]),
  ];
}

/** A line that a plugin wrote, escaped except for its tabs. */
function renderLine(line: string): string {
  return `        ${line.split("\t").map(escapeUnseen).join("\t")}`;
}

function renderVerdict(results: readonly CheckResult[]): string {
  const { passed, failed, skipped } = countResults(results);
  const failures = results.filter(({ outcome }) => outcome === "fail").map(({ id }) => id);
  return `${results.length} checks: ${passed} passed, ${failed} failed, ${skipped} skipped` +
    (failed > 0 ? `; failed: ${failures.join(", ")}` : "");
}

/** The results for programs: one JSON object. */
export function renderJson(folder: string, results: readonly CheckResult[]): string {
  const report: z.output<typeof checkPluginSchema> = {
    folder,
    ...countResults(results),
    results: [...results],
  };
  return formatJson(report);
}

function countResults(results: readonly CheckResult[]) {
  const count = (wanted: CheckOutcome) =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
}
