import measure from "fast-string-truncated-width";
import { escapeUnseen } from "../base/unseen.ts";
import { paint, type Screen, type Style } from "./screen.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** The width to which it may be cut where the table is too wide; without it, it never is. */
  readonly atLeast?: number;
}

/** What stands in a cell. */
export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** Each of these characters takes one column: most text need not be measured. */
const ASCII = /^[\x20-\x7e]*$/;

const GAP = "  ";
const ELLIPSIS = "…";

/**
 * A table for people: titles, then a line for each row. Where it is too wide for the screen, the columns
 * that allow it are cut, the last one first; ids are never cut.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | Cell)[])[],
  screen: Pick<Screen, "columns" | "useColors">,
): string {
  const titles: readonly Cell[] = columns.map(({ title }) => ({ text: title, style: "dim" }));
  const cells = [titles, ...rows.map((row) => row.map(toCell))];
  const widths = fit(columns, cells, screen.columns);
  return cells.map((row) => renderRow(columns, row, widths, screen)).join("\n");
}

function toCell(value: string | Cell): Cell {
  return typeof value === "string"
    ? { text: escapeUnseen(value) }
    : { ...value, text: escapeUnseen(value.text) };
}

/** Lines under a table must be as wide as it, at most. */
function fit(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  total: number,
): readonly number[] {
  const widths = columns.map((_, n) => Math.max(...rows.map((row) => widthOf(row[n]?.text ?? ""))));
  const gaps = GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - total;
  for (const [n, { atLeast }] of [...columns.entries()].reverse()) {
    const width = widths[n] ?? 0;
    const cut = Math.min(Math.max(excess, 0), Math.max(width - (atLeast ?? width), 0));
    widths[n] = width - cut;
    excess -= cut;
  }
  return widths;
}

function renderRow(
  columns: readonly Column[],
  row: readonly Cell[],
  widths: readonly number[],
  screen: Pick<Screen, "useColors">,
): string {
  const parts = columns.map(({ align }, n) => {
    const { text = "", style } = row[n] ?? {};
    const shown = cut(text, widths[n] ?? 0);
    const room = " ".repeat(Math.max((widths[n] ?? 0) - widthOf(shown), 0));
    const painted = paint(shown, style, screen);
    return align === "right" ? room + painted : painted + room;
  });
  return parts.join(GAP).trimEnd();
}

/** A text in at most `width` columns, with an ellipsis where it had more. */
export function cut(text: string, width: number): string {
  if (text.length <= width && ASCII.test(text)) return text;
  const { index, truncated } = measure(text, { limit: width, ellipsis: ELLIPSIS });
  return truncated ? text.slice(0, index) + ELLIPSIS : text;
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : measure(text).width;
}
