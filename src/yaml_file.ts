import { basename } from "node:path";
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document } from "yaml";

/** One thing an operator has to mend, and where it stands in the parsed value. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A parsed file that can tell where each of its values stands. */
export interface YamlFile {
  readonly value: unknown;
  /** `config.yaml:LINE:COL: plugins.echo.schedule.every: message` */
  locate(problem: Problem): string;
}

/** What came of reading a YAML file. Each problem is one finished line for the operator. */
export type YamlResult =
  | { readonly ok: true; readonly file: YamlFile }
  | { readonly ok: false; readonly problems: readonly string[] };

const MAX_FILE_BYTES = 1024 * 1024;

/** Reads and parses a YAML 1.2 file of up to 1 MiB. Only a regular file is opened. */
export function readYamlFile(path: string): YamlResult {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) return refuse(path, "it is not a regular file");
    if (info.size > MAX_FILE_BYTES) {
      return refuse(path, `it has ${info.size} bytes, the limit is ${MAX_FILE_BYTES}`);
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
    return parseYaml(basename(path), text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return refuse(path, "no such file");
    if (error instanceof Deno.errors.PermissionDenied) return refuse(path, "permission denied");
    if (error instanceof TypeError) return refuse(path, "it is not valid UTF-8");
    return refuse(path, error instanceof Error ? error.message : String(error));
  }
}

/** Parses YAML text; `name` stands before each problem. */
export function parseYaml(name: string, text: string): YamlResult {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  try {
    const doc = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      version: "1.2",
    });
    const faults = [...doc.errors, ...doc.warnings].map((e) => `${at(e.pos[0])}: ${e.message}`);
    faults.push(...unsafeNumbers(doc).map(([offset, message]) => `${at(offset)}: ${message}`));
    if (faults.length > 0) return { ok: false, problems: faults };
    const value: unknown = doc.toJS({ maxAliasCount: 100 });
    const locate = ({ path, message }: Problem) =>
      `${at(offsetOf(doc, path))}: ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`;
    return { ok: true, file: { value, locate } };
  } catch (error) {
    if (error instanceof RangeError) {
      return { ok: false, problems: [`${name}:1:1: nested too deeply`] };
    }
    if (error instanceof ReferenceError) {
      return { ok: false, problems: [`${name}:1:1: ${error.message}`] };
    }
    throw error;
  }
}

function refuse(path: string, reason: string): YamlResult {
  return { ok: false, problems: [`Cannot read ${path}: ${reason}`] };
}

/** Numbers that JSON cannot carry to a plugin unchanged. */
function unsafeNumbers(doc: Document): [offset: number, message: string][] {
  const found: [number, string][] = [];
  visit(doc, {
    Scalar(_key, node) {
      if (typeof node.value !== "number") return;
      const offset = node.range?.[0] ?? 0;
      if (!Number.isFinite(node.value)) {
        found.push([offset, "not a number that JSON can carry; quote it"]);
      } else if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) {
        found.push([offset, "an integer beyond 2^53 would lose digits; quote it"]);
      }
    },
  });
  return found;
}

/** Where the key of `path` stands or, where it is missing, the nearest enclosing key. */
function offsetOf(doc: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? doc.contents : doc.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
    } else {
      const node = doc.getIn(path.slice(0, length), true);
      if (isNode(node)) return node.range?.[0] ?? 0;
    }
  }
  return isNode(doc.contents) ? doc.contents.range?.[0] ?? 0 : 0;
}
