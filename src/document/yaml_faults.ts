import { isAlias, isCollection, isMap, isScalar, visit } from "yaml";
import type { Document, Node, YAMLError, YAMLMap } from "yaml";
import { isNoNumber } from "./yaml_numbers.ts";

const MAX_DEPTH = 100;
const MAX_ALIASES = 1000;
const NOT_1_2 = "the only supported directive is %YAML 1.2";
const NO_NUMBER = "not a number that JSON can represent; quote it";
const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`;
/** Twice the largest file: more can only come from aliases. */
const MAX_VALUE_CHARS = 2 * 1024 * 1024;

/** Something in a YAML document that must not be there. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** What the parser rejects, and what it accepts but a plugin cannot receive, in order. */
export function findFaults(doc: Document): Fault[] {
  const faults = doc.errors.concat(doc.warnings).map((error): Fault => ({
    offset: error.pos[0],
    message: describeError(error),
  }));
  if (doc.directives?.yaml.version !== "1.2") faults.push({ offset: 0, message: NOT_1_2 });
  const anchors = new Map<string, Node>();
  let aliases = 0;
  let excess: Fault | undefined;
  visit(doc, {
    Node(_key, node, path) {
      const offset = node.range?.[0] ?? 0;
      if (isCollection(node) && path.filter(isCollection).length >= MAX_DEPTH) {
        excess = { offset, message: TOO_DEEP };
      } else if (isAlias(node) && ++aliases > MAX_ALIASES) {
        excess = { offset, message: `more than ${MAX_ALIASES} aliases` };
      }
      if (excess !== undefined) return visit.BREAK;
      if (isAlias(node)) {
        const message = describeAlias(anchors.get(node.source), path);
        if (message !== undefined) faults.push({ offset, message });
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) { for (const fault of findBadKeys(node)) faults.push(fault); }
      if (isScalar(node) && isNoNumber(node)) faults.push({ offset, message: NO_NUMBER });
    },
  });
  return excess !== undefined ? [excess] : faults.sort((a, b) => a.offset - b.offset);
}

/** Leaves out what the parser quotes from the file: it may be a secret. */
function describeError({ code, message }: YAMLError): string {
  if (code === "BAD_DIRECTIVE") return NOT_1_2;
  if (code === "BAD_DQ_ESCAPE") return "invalid escape sequence in a double-quoted string";
  if (code === "MULTIPLE_DOCS") return "a second document begins here; only one is allowed";
  if (code === "NON_STRING_KEY") return "a key must be a string";
  if (code === "TAB_AS_INDENT") return "tabs are not allowed as indentation; use spaces";
  if (code === "TAG_RESOLVE_FAILED") {
    return "tags are not supported; quote the value or remove the tag";
  }
  const text = message.replace(/(?<=\w): [^]*/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function describeAlias(target: Node | undefined, path: readonly unknown[]): string | undefined {
  if (target === undefined) return "this alias has no anchor before it";
  return path.includes(target) ? "an alias must not be inside its own anchor" : undefined;
}

function findBadKeys(map: YAMLMap): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key) || typeof key.value !== "string") continue;
    const offset = key.range?.[0] ?? 0;
    if (seen.has(key.value)) {
      faults.push({ offset, message: `duplicate key ${JSON.stringify(key.value)}` });
    } else if (key.value === "__proto__") {
      faults.push({ offset, message: "a key must not be named __proto__" });
    }
    seen.add(key.value);
  }
  return faults;
}

/** Why a parsed value cannot be used, and where. */
export interface Excess {
  readonly path: readonly string[];
  readonly message: string;
}

/** Where the value is too deep or too large once its aliases are expanded. */
export function findExcess(root: unknown): Excess | undefined {
  let room = MAX_VALUE_CHARS;

  function walk(node: unknown, path: readonly string[]): Excess | undefined {
    room -= typeof node === "string" ? node.length + 1 : 1;
    if (room < 0) return { path, message: "too large once the aliases are expanded" };
    if (typeof node !== "object" || node === null) return undefined;
    if (path.length >= MAX_DEPTH) return { path, message: TOO_DEEP };
    for (const [key, item] of Object.entries(node)) {
      room -= Array.isArray(node) ? 0 : key.length;
      const excess = walk(item, [...path, key]);
      if (excess !== undefined) return excess;
    }
    return undefined;
  }

  return walk(root, []);
}
