import { replaceBetween } from "../scripts/between_marks.ts";
import { type Figure, ratioOf } from "./support.ts";

const RESULTS = new URL("./results.json", import.meta.url);
const PAGE = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- deno task bench writes from here -->\n";
const END = "<!-- to here -->";

/** Writes the figures to `bench/results.json`, and their table into `docs/performance.md`. */
export async function publish(figures: readonly Figure[]): Promise<void> {
  const deno = Deno.version.deno;
  const date = new Date().toISOString().slice(0, 10);
  const results = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) }));
  Deno.writeTextFileSync(RESULTS, JSON.stringify({ deno, date, figures: results }, null, 2) + "\n");
  const text = `Measured on ${date} with Deno ${deno}.\n\n${renderTable(figures)}\n\n`;
  Deno.writeTextFileSync(PAGE, replaceBetween(Deno.readTextFileSync(PAGE), BEGIN, END, text));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE.pathname] }).output();
}

/** The figures as a Markdown table. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    `\`${figure.id}\``,
    figure.what + (figure.note === undefined ? "" : ` (${figure.note})`),
    show(figure.ours),
    figure.p95 === undefined ? "" : show(figure.p95),
    show(figure.floor),
    figure.unit,
    ratioOf(figure).toFixed(3),
    figure.goal ?? "",
    figure.goal === undefined ? "" : isReached(figure, figure.goal) ? "yes" : "no",
  ]);
  return [
    ["figure", "what", "ours", "p95", "floor", "unit", "ratio", "goal", "reached"],
    ["---", "---", "---:", "---:", "---:", "---", "---:", "---", "---"],
    ...rows,
  ].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Whether the ratio reaches the goal or, if the goal begins with `ours`, the figure does. */
function isReached(figure: Figure, goal: string): boolean {
  const [, of, relation, limit] = /^(ours )?(<=|>=) ([\d.]+)/.exec(goal) ?? [];
  const value = of === undefined ? ratioOf(figure) : figure.ours;
  return relation === "<=" ? value <= Number(limit) : value >= Number(limit);
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}
