import { escapeUnseen } from "../base/unseen.ts";
import { paint, type Screen } from "./screen.ts";
import { cut, widthOf } from "./table.ts";

/** A fact: what it is about, and what it says. */
export type Fact = readonly [title: string, text: string];

const GAP = "  ";

/** A line for each fact, its text in a second column and cut at the end. Leaves out facts without a text. */
export function renderFacts(
  facts: readonly Fact[],
  screen: Pick<Screen, "columns" | "useColors">,
): string {
  const shown = facts.filter(([, text]) => text !== "");
  const width = Math.max(0, ...shown.map(([title]) => widthOf(title)));
  const room = screen.columns - width - GAP.length;
  return shown.map(([title, text]) =>
    [
      paint(title, "dim", screen),
      " ".repeat(width - widthOf(title)),
      GAP,
      cut(escapeUnseen(text), room),
    ].join("")
  ).join("\n");
}
