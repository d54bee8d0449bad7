/** A fenced block of a page. */
export interface Fence {
  /** Where it begins, as `docs/plugins.md:12`. */
  readonly place: string;
  readonly language: string;
  /** The words after the language, such as `no-test`. */
  readonly words: readonly string[];
  readonly text: string;
}

/** A table with the heading it stands under. */
export interface Table {
  readonly heading: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the tests check in a Markdown page. */
export interface Page {
  /** Relative to the repository, such as `docs/plugins.md`. */
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
  readonly tables: readonly Table[];
  /** Targets of its links, as written. */
  readonly links: readonly string[];
  /** The anchors of its headings, as GitHub names them. */
  readonly anchors: ReadonlySet<string>;
}

/** Reads as much of a Markdown page as this repository's pages use. */
export function readPage(path: string, text: string): Page {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: { indent: number; marker: string; fence: Fence; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", marker, info = ""] = /^( *)(```+)(.*)$/.exec(line) ?? [];
    if (open === undefined && marker !== undefined) {
      const [language = "", ...words] = info.trim().split(/\s+/);
      const fence = { place: `${path}:${index + 1}`, language, words, text: "" };
      open = { indent: indent.length, marker, fence, lines: [] };
    } else if (open !== undefined && marker === open.marker) {
      fences.push({ ...open.fence, text: open.lines.join("\n") });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line.slice(open.indent));
    else prose.push(line);
  }
  return {
    path,
    text,
    fences,
    tables: readTables(prose),
    links: readLinks(prose.join("\n")),
    anchors: readAnchors(prose),
  };
}

function readTables(lines: readonly string[]): Table[] {
  const tables: { heading: string; header: string[]; rows: string[][] }[] = [];
  let heading = "";
  let inTable = false;
  for (const line of lines) {
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    if (!line.trimStart().startsWith("|")) {
      inTable = false;
      continue;
    }
    const cells = line.trim().slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!inTable) tables.push({ heading, header: cells, rows: [] });
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) tables.at(-1)?.rows.push(cells);
    inTable = true;
  }
  return tables;
}

function readLinks(prose: string): string[] {
  const withoutCode = prose.replace(/`[^`]*`/g, "code");
  return [...withoutCode.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

function readAnchors(lines: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of lines) {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The code in a table cell, without its backticks; the cell itself if it is not code. */
export function codeOf(cell: string): string {
  return /^`(.*)`$/.exec(cell)?.[1] ?? cell;
}
