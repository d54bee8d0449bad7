import { basename } from "node:path";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Pair, YAMLMap } from "yaml";
import { distinct, type FileProblem, type Problem } from "./problem.ts";
import { readTextFile } from "./text_file.ts";
import { findExcess, findFaults } from "./yaml_faults.ts";
import { keepDigits } from "./yaml_numbers.ts";

/** Adds the line and the column of a problem's key. */
export type Locate = (problem: Problem) => FileProblem;

/** A parsed file that knows where each of its values is. */
export interface YamlFile {
  /**
   * JSON data: no cycles, no more than 100 levels deep. A number that would lose digits is kept as
   * text, as in `parseJson`.
   */
  readonly value: unknown;
  /** The whole file. */
  readonly text: string;
  readonly locate: Locate;
}

/** The result of reading a YAML file. */
export type YamlResult =
  | { readonly ok: true; readonly file: YamlFile }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const MAX_FILE_BYTES = 1024 * 1024;

/** Reads and parses a YAML 1.2 file of up to 1 MiB. Opens only a regular file. */
export function readYamlFile(path: string): YamlResult {
  const read = readTextFile(path, MAX_FILE_BYTES);
  return read.ok ? parseYaml(basename(path), read.text) : unreadable(path, read.reason);
}

/** Parses YAML text; `name` is the file's name in each problem. */
export function parseYaml(name: string, text: string): YamlResult {
  const lines = new LineCounter();
  const at = createAt(name, lines);
  try {
    const doc = toDocument(text, lines);
    const faults = findFaults(doc).map((fault) => problemAt(fault.message, at(fault.offset)));
    if (faults.length > 0) return { ok: false, problems: distinct(faults) };
    keepDigits(doc);
    const value: unknown = doc.toJS({ maxAliasCount: -1 });
    const locate = locateIn(doc, at);
    const excess = findExcess(value);
    if (excess !== undefined) {
      return { ok: false, problems: [{ ...locate({ code: "syntax", ...excess }), path: [] }] };
    }
    return { ok: true, file: { value, text, locate } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The parser ran out of stack before it found anything to point at.
    return {
      ok: false,
      problems: [problemAt("too deeply nested or too broken to parse", at(0))],
    };
  }
}

/**
 * The `locate` of a file, from its text, which is valid: a `YamlFile` takes many times as much memory.
 * Parses it at the first use.
 */
export function createLocate(name: string, text: string): Locate {
  let locate: Locate | undefined;
  const parseAgain = () => {
    const lines = new LineCounter();
    return locateIn(toDocument(text, lines), createAt(name, lines));
  };
  return (problem) => (locate ??= parseAgain())(problem);
}

type Place = Pick<FileProblem, "file" | "place">;

/** Finds the line and the column of an offset. */
function createAt(name: string, lines: LineCounter): (offset: number) => Place {
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file: name, place: { line: Math.max(line, 1), column: Math.max(col, 1) } };
  };
}

function locateIn(doc: Document, at: (offset: number) => Place): Locate {
  const offsetOf = createOffsetOf(doc);
  return (problem) => ({ ...problem, ...at(offsetOf(problem.path)) });
}

/** The syntax tree of a YAML text, with its errors. `lineCounter` learns where its lines begin. */
export function toDocument(text: string, lineCounter: LineCounter): Document {
  return parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    version: "1.2",
    resolveKnownTags: false,
    uniqueKeys: false, // its check takes quadratic time; findFaults does it instead
  });
}

function problemAt(message: string, at: Place): FileProblem {
  return { code: "syntax", path: [], message, ...at };
}

function unreadable(path: string, reason: string): YamlResult {
  return {
    ok: false,
    problems: [{ code: "unreadable", path: [], message: reason, file: path }],
  };
}

/** Finds where the key of a path is or, if it is missing, the nearest enclosing key. */
function createOffsetOf(doc: Document): (path: readonly PropertyKey[]) => number {
  const indexes = new Map<YAMLMap, Map<unknown, Pair>>();

  function pairAt(map: YAMLMap, key: PropertyKey): Pair | undefined {
    const index = indexes.get(map) ??
      new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : undefined, pair]));
    indexes.set(map, index);
    return index.get(key);
  }

  return (path) => {
    let node: unknown = doc.contents;
    let offset = isNode(node) ? node.range?.[0] ?? 0 : 0;
    for (const step of path) {
      const pair = isMap(node) ? pairAt(node, step) : undefined;
      const place = isSeq(node) ? node.items[Number(step)] : pair?.key;
      if (!isNode(place)) break;
      offset = place.range?.[0] ?? offset;
      node = pair === undefined ? place : pair.value;
    }
    return offset;
  };
}
