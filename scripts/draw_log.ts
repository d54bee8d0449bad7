/** A line of a terminal: what was typed, or what a program wrote, with ANSI colours; may be empty. */
export interface TerminalLine {
  readonly kind: "typed" | "written";
  readonly text: string;
}

/** The most characters that a line may have. */
export const COLUMNS = 112;

const FONT_SIZE = 13;
/** Of DejaVu Sans Mono and Menlo; any other font is stretched to the same width. */
const CHAR_WIDTH = 7.83;
const LINE_HEIGHT = 21;
const PADDING = 20;
/** Room for the three dots above the lines. */
const BAR = 30;

/** Dark, so that the picture looks the same on a light page and on a dark one. */
const PALETTE = { ground: "#161b22", edge: "#30363d", text: "#c9d1d9", prompt: "#58a6ff" };

/** How a text looks after an ANSI code, as `src/log/text.ts` uses them. */
const LOOKS: Readonly<Record<string, string>> = {
  "1": 'fill="#f0f6fc" font-weight="bold"',
  "2": 'fill="#8b949e"',
  "31": 'fill="#ff7b72" font-weight="bold"',
  "32": 'fill="#3fb950"',
  "33": 'fill="#e3b341"',
  "90": 'fill="#8b949e"',
};

// deno-lint-ignore no-control-regex -- this begins a colour
const COLOUR = /\x1b\[(\d+)m/;

/**
 * Draws a terminal as an SVG picture that needs no embedded fonts.
 *
 * @throws if a line has more than {@link COLUMNS} characters: lines are never cut.
 */
export function drawLog(lines: readonly TerminalLine[], title: string): string {
  const width = Math.ceil(COLUMNS * CHAR_WIDTH + 2 * PADDING);
  const height = BAR + lines.length * LINE_HEIGHT + PADDING;
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map((colour, index) =>
    `<circle cx="${PADDING + 6 + index * 20}" cy="20" r="6" fill="${colour}"/>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" xml:space="preserve">`,
    `<title>${escape(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" ` +
    `fill="${PALETTE.ground}" stroke="${PALETTE.edge}"/>`,
    ...dots,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" ` +
    `font-size="${FONT_SIZE}" fill="${PALETTE.text}" style="white-space: pre">`,
    ...lines.flatMap((line, index) =>
      line.text === "" ? [] : [drawLine(line, BAR + (index + 1) * LINE_HEIGHT)]
    ),
    "</g>",
    "</svg>\n",
  ].join("\n");
}

function drawLine({ kind, text }: TerminalLine, y: number): string {
  // Split at the colours: each is between the texts before and after it.
  const [first = "", ...rest] = text.split(COLOUR);
  const spans = rest.flatMap((code, index) =>
    index % 2 === 0 ? [{ look: LOOKS[code], text: rest[index + 1] ?? "" }] : []
  );
  const length = [first, ...spans.map(({ text }) => text)].join("").length;
  const prompt = kind === "typed" ? "$ " : "";
  const columns = prompt.length + length;
  if (columns > COLUMNS) throw new Error(`${columns} characters do not fit: ${text}`);
  const drawn = [
    ...(prompt === "" ? [] : [`<tspan fill="${PALETTE.prompt}" font-weight="bold">$</tspan> `]),
    escape(first),
    ...spans.filter(({ text }) => text !== "").map(({ look, text }) =>
      look === undefined ? escape(text) : `<tspan ${look}>${escape(text)}</tspan>`
    ),
  ].join("");
  const stretch = `textLength="${
    (columns * CHAR_WIDTH).toFixed(2)
  }" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${PADDING}" y="${y}" ${stretch}>${drawn}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
