import { escapeUnseen } from "../base/unseen.ts";

/**
 * A text of a plugin under a title: beside it if it is one line, else in lines of its own. It is indented, so
 * that no line of it passes for one of this program. Newlines and tabs stay; whatever else could move the
 * cursor is written as JSON writes it.
 */
export function renderBlock(title: string, text: string): string {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/)
    .map((line) => line.split("\t").map(escapeUnseen).join("\t"));
  const [only] = lines;
  if (lines.length === 1) return `  ${title}: ${only}`;
  return [`  ${title}:`, ...lines.map((line) => `    ${line}`)].join("\n");
}
