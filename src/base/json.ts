import { escapeUnseen } from "./unseen.ts";

/** An object parsed from JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The result of reading JSON text: a value, or a word for programs and a phrase for people. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    readonly fault: "not JSON" | "too deep" | "too many values";
    /** Follows the name of the text, as in "stdout is not one JSON value". */
    readonly error: string;
  };

declare global {
  /** What V8 has and TypeScript does not know yet. Source: TC39, "JSON.parse source text access". */
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, at: JsonSource) => unknown): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Where a value comes from; objects and arrays have no source. */
interface JsonSource {
  readonly source?: string;
}

/** How deep the objects and arrays of a JSON text may be nested, as in YAML. */
export const MAX_JSON_DEPTH = 100;

/** More than fit into any state; reading many more would block the gateway for seconds. */
const MAX_JSON_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether a parsed value is an object: neither null nor an array nor a number kept as text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !isRawNumber(value);
}

/** Whether a parsed value is a number kept as it was written. */
export function isRawNumber(value: unknown): boolean {
  return JSON.isRawJSON(value);
}

/** A value that `JSON.stringify` writes as this number, digit for digit. */
export function rawNumber(text: string): unknown {
  return JSON.rawJSON(text);
}

/**
 * Reads JSON text. A number that JavaScript would write differently, such as 2^53 + 1, 1e400 or 1.0,
 * is kept as text: `JSON.stringify` writes it digit for digit, {@link isRawNumber} recognizes it, and
 * to everything else it is opaque.
 */
export function parseJson(text: string): ParsedJson {
  const { depth, values, isPlain } = survey(text);
  if (depth > MAX_JSON_DEPTH) {
    const error = `is nested more than ${MAX_JSON_DEPTH} levels deep`;
    return { ok: false, fault: "too deep", error };
  }
  if (values > MAX_JSON_VALUES) {
    const error = `holds more than ${MAX_JSON_VALUES} values`;
    return { ok: false, fault: "too many values", error };
  }
  try {
    // A reviver takes ten times as long, so it is used only if needed.
    const value: unknown = isPlain ? JSON.parse(text) : JSON.parse(text, keepDigits);
    return { ok: true, value };
  } catch {
    return { ok: false, fault: "not JSON", error: "is not one JSON value" };
  }
}

function keepDigits(_key: string, value: unknown, { source }: JsonSource): unknown {
  return typeof value === "number" && source !== undefined && !isPlainNumber(source)
    ? JSON.rawJSON(source)
    : value;
}

function isPlainNumber(source: string): boolean {
  return String(Number(source)) === source;
}

/** What is known of a JSON text before parsing. */
interface Survey {
  readonly depth: number;
  readonly values: number;
  /** Whether each number is written as JavaScript would write it. */
  readonly isPlain: boolean;
}

/**
 * Scans a text from beginning to end, without recursion, until it passes one of the limits. Finding
 * out whether it is JSON is left to the parser.
 */
function survey(text: string): Survey {
  let level = 0;
  let depth = 0;
  let values = 1;
  let isPlain = true;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') i = endOfString(text, i);
    else if (char === "[" || char === "{") {
      values++;
      depth = Math.max(depth, ++level);
    } else if (char === "]" || char === "}") level--;
    else if (char === ",") values++;
    else if (isNumeral(text.charCodeAt(i))) {
      const start = i;
      while (isNumeral(text.charCodeAt(i + 1))) i++;
      isPlain &&= isPlainNumber(text.slice(start, i + 1));
    }
    if (depth > MAX_JSON_DEPTH || values > MAX_JSON_VALUES) break;
  }
  return { depth, values, isPlain };
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return text.length;
}

/** Whether a character can be part of a number: a digit, `+`, `-`, `.`, `e` or `E`. */
function isNumeral(code: number): boolean {
  return code >= 0x30 && code <= 0x39 || code === 0x2b || code === 0x2d || code === 0x2e ||
    code === 0x65 || code === 0x45;
}

/**
 * A value as JSON that controls no terminal: `JSON.stringify` leaves the C1 controls and the characters that
 * change the direction of a line as they are.
 */
export function formatJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).split("\n").map(escapeUnseen).join("\n");
}
