/** Control and format characters and line separators, except the joiner of emoji. */
const UNSEEN = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A text with `\uXXXX`, as JSON writes it, for each UTF-16 unit that could move the cursor, change the
 * direction of a line or hide in it.
 */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, escapeUnits);
}

function escapeUnits(text: string): string {
  return text.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
