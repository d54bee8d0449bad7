import { isMap, isNode, isScalar, LineCounter } from "yaml";
import type { Pair, YAMLMap } from "yaml";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { parseYaml, toDocument } from "./yaml_file.ts";

/**
 * YAML text with one more key at the end of a section, a map at the top level: everything else stays as
 * it is, byte for byte. Adds the section if there is none.
 *
 * @param value a map; what it holds may be maps and texts.
 * @returns `undefined` if there is no place for it: the text is not valid, the section is no map, an alias
 * or has that key, or the section would change elsewhere, too, where an alias repeats it.
 */
export function insertKey(
  text: string,
  section: string,
  key: string,
  value: JsonObject,
): string | undefined {
  const wanted = withKey(valueOf(text), section, key, value);
  if (wanted === undefined) return undefined;
  return propose(text, section, key, value).find((proposed) =>
    JSON.stringify(valueOf(proposed)) === JSON.stringify(wanted)
  );
}

/** The value of a YAML text, `{}` for an empty one, `undefined` for one that is not valid. */
function valueOf(text: string): unknown {
  const parsed = parseYaml("", text);
  return parsed.ok ? parsed.file.value ?? {} : undefined;
}

function withKey(
  whole: unknown,
  section: string,
  key: string,
  value: JsonObject,
): JsonObject | undefined {
  if (!isJsonObject(whole)) return undefined;
  const former = whole[section] ?? {};
  if (!isJsonObject(former)) return undefined;
  return { ...whole, [section]: { ...former, [key]: value } };
}

/** Texts that may be right, the nicest first. */
function propose(
  text: string,
  section: string,
  key: string,
  value: JsonObject,
): readonly string[] {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const insert = (at: number, lines: readonly string[]) => {
    const isAtLine = at === 0 || text[at - 1] === "\n";
    return `${text.slice(0, at)}${isAtLine ? "" : eol}${lines.join(eol)}${eol}${text.slice(at)}`;
  };
  const root = toDocument(text, new LineCounter()).contents;
  if (isMap(root) && root.flow === true) {
    const inner = pairOf(root, section)?.value;
    return isMap(inner)
      ? [insertFlow(text, inner, key, value)]
      : [insertFlow(text, root, section, { [key]: value })];
  }
  const left = isMap(root) ? columnOf(text, root.items[0]) : 0;
  const pair = isMap(root) ? pairOf(root, section) : undefined;
  if (pair === undefined) {
    const lines = toBlock(section, { [key]: value }, left);
    return [["", ...lines], lines].map((lines) => insert(text.length, lines));
  }
  const inner = isMap(pair.value) ? pair.value : undefined;
  if (inner?.flow === true) return [insertFlow(text, inner, key, value)];
  const indent = inner === undefined ? left + 2 : columnOf(text, inner.items[0]);
  const lines = toBlock(key, value, indent);
  return endsOfBlock(text, startOf(pair.key), indent).map((at) => insert(at, lines));
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function startOf(node: unknown): number {
  return isNode(node) ? node.range?.[0] ?? 0 : 0;
}

function columnOf(text: string, pair: Pair | undefined): number {
  const start = startOf(pair?.key);
  return start - (text.lastIndexOf("\n", start - 1) + 1);
}

/**
 * Where a block ends whose lines below its first one are indented: after its last line, which may be a
 * comment of the same indentation, or before the line that follows it.
 */
function endsOfBlock(text: string, start: number, indent: number): readonly number[] {
  let end = nextLine(text, start);
  let at = end;
  while (at < text.length) {
    const next = nextLine(text, at);
    const line = text.slice(at, next);
    const depth = line.search(/\S/); // -1 for a blank line
    if (depth >= indent) end = next;
    else if (depth !== -1 && line[depth] !== "#") break;
    at = next;
  }
  return [end, at];
}

function nextLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end + 1;
}

/** The text with a key at the end of a map in flow style (`{ a: 1 }`). Valid JSON stays valid JSON. */
function insertFlow(text: string, map: YAMLMap, key: string, value: JsonObject): string {
  const added = `${JSON.stringify(key)}: ${toFlow(value)}`;
  const last = map.items.at(-1);
  const at = last === undefined
    ? text.indexOf("{", startOf(map)) + 1
    : Math.max(endOf(last.key), endOf(last.value));
  const between = last === undefined ? ` ${added} ` : `, ${added}`;
  return text.slice(0, at) + between + text.slice(at);
}

function endOf(node: unknown): number {
  return isNode(node) ? node.range?.[1] ?? 0 : 0;
}

function toFlow(value: unknown): string {
  if (!isJsonObject(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, inner]) =>
    `${JSON.stringify(key)}: ${toFlow(inner)}`
  );
  return `{ ${pairs.join(", ")} }`;
}

/** A key and its value, a line each. */
export function toBlock(key: string, value: unknown, indent: number): readonly string[] {
  const before = `${" ".repeat(indent)}${key}:`;
  if (!isJsonObject(value)) return [`${before} ${value}`];
  const inner = Object.entries(value).flatMap(([key, value]) => toBlock(key, value, indent + 2));
  return [before, ...inner];
}
