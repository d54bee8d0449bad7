import type { CheckOutcome, CheckResult } from "./check.ts";

/** The results for people: a line for each check, and for each failure what to do. */
export function renderText(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ id }) => id.length));
  const lines = results.flatMap(({ id, outcome, title, sent, got, fix }) => [
    `${outcome}  ${id.padEnd(width)}  ${title}`,
    ...(outcome === "fail" && sent !== undefined ? [`      sent: ${sent}`] : []),
    ...(outcome === "fail" && got !== undefined ? [`      got:  ${got}`] : []),
    ...(fix === undefined ? [] : [`      fix:  ${fix}`]),
    ...(outcome === "skip" ? [`      ${got}`] : []),
  ]);
  const { passed, failed, skipped } = countResults(results);
  lines.push(`${results.length} checks: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return lines.join("\n");
}

/** The results for programs: one JSON object. */
export function renderJson(folder: string, results: readonly CheckResult[]): string {
  return JSON.stringify({ folder, ...countResults(results), results }, null, 2);
}

function countResults(results: readonly CheckResult[]) {
  const count = (wanted: CheckOutcome) =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
}
