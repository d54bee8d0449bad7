/** How much of a line an error shows. */
const SHOWN_CHARS = 200;

/** How much of a line is compared, and how many lines: other jobs must not wait for this. */
const COMPARED_CHARS = 1_000;
const COMPARED_LINES = 200;

/** Colour codes: Deno writes them even without a terminal. */
const COLOR = /\p{Cc}\[[\d;]*m/gu;

/** A line of `^` and `~`, under the line of source that an error quotes. */
const UNDERLINE = /^[\s|]*[\^~][\s^~]*$/;

/** Lines that languages print after an error and that say nothing about its cause. */
const FOOTERS: readonly RegExp[] = [
  /^[^\p{L}\p{N}]*$/u, // blank, a brace, a rule
  /^\s/, // a stack frame, a quoted line, a property, a hint
  /^Node\.js v\d/,
  /^\(Use `(node|deno) .*`? to show where/,
  /^Require stack:$|^- \//, // Node: which modules need the missing one
  /^error: (Type checking|compilation) failed\.?$|^Found \d+ errors?\.$|^\d+ errors?$/, // Deno, Java
  /^(Did you mean\?|Stack backtrace:)/, // Ruby, Deno
  /^> *\d+ \|/, // Ruby: the line that cannot be parsed
  /^RuntimeWarning: Enable tracemalloc/, // Python: a coroutine was never awaited
  /^goroutine \d+ .*\[.*\]:$|^created by |^exit status \d+$|^\[signal /, // Go
  /^(?=[\w/-]+\.)[^\s(]+\(.*\)$/, // Go: a call, above its place
  /^note: run with `RUST_BACKTRACE/,
  /^#\d+ |^Stack trace:$/, // PHP
];

/**
 * The last line of stderr that says something: where most programs say why they failed. Empty if
 * there is none.
 */
export function lastWords(stderr: string): string {
  const lines = stderr.trimEnd().split("\n").slice(-COMPARED_LINES).map(readable);
  const said = findWords(lines) ?? lines.findLast((line) => line !== "") ?? "";
  return said.trim().slice(0, SHOWN_CHARS);
}

function readable(line: string): string {
  return line.slice(0, COMPARED_CHARS).replaceAll(COLOR, "").trimEnd();
}

function findWords(lines: readonly string[]): string | undefined {
  for (let n = lines.length - 1; n >= 0; n--) {
    // Python draws the parts of an exception group in a margin.
    const line = lines[n]?.replace(/^\s+\| /, "") ?? "";
    if (UNDERLINE.test(line) && line !== "") n--;
    else if (!FOOTERS.some((footer) => footer.test(line))) return line;
  }
  return undefined;
}
