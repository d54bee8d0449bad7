import { parseDuration } from "../base/duration.ts";
import { parseIsoTime } from "../base/iso_time.ts";
import { messageOf } from "../base/error_message.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { nearest } from "../base/nearest.ts";
import { NOT_A_PLUGIN_NAME, PLUGIN_NAME } from "../core/name.ts";
import type { Seat } from "./command.ts";

/** The path of a file, as written. */
export function parsePath(text: string): string {
  if (text === "") throw new Error("a path is missing");
  return text;
}

/** The name of a plugin to be. */
export function parsePluginName(text: string): string {
  if (PLUGIN_NAME.test(text)) return text;
  throw new Error(NOT_A_PLUGIN_NAME);
}

/** A name or an id, which only the database knows. */
export function parseWord(text: string): string {
  if (text === "") throw new Error("it is empty");
  return text;
}

/** A JSON object, or the path of a file that holds one. */
export function parseConfig(text: string): JsonObject {
  const parsed = parseJson(text.trimStart().startsWith("{") ? text : readText(text));
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw new Error(`it ${parsed.ok ? "is not a JSON object" : parsed.error}`);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(
      `it is neither a JSON object nor a readable file (${messageOf(error)})`,
    );
  }
}

/** The name of an environment variable that is set. */
export function parseVariable(this: Seat, text: string): string {
  const name = text.trim();
  if (Object.hasOwn(this.env, name)) return name;
  throw new Error(`${name || "a name"} is not set in the environment`);
}

/** A duration over zero, in milliseconds. */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new Error("write it as 500ms, 90s or 5m, from 1ms to ten years");
}

/** A duration over zero, and how it was typed. */
export interface Typed {
  readonly ms: number;
  readonly text: string;
}

/** As {@link parseTimeout}, for a command that records what was typed. */
export function parseTyped(text: string): Typed {
  return { ms: parseTimeout(text), text };
}

/** A whole number from 1 to 10,000. */
export function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= 10_000) return count;
  throw new Error("write a whole number from 1 to 10000");
}

/** One of a few words. */
export function parseOneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((word) => word === text);
    if (word !== undefined) return word;
    const guess = nearest(text, words);
    const question = guess === undefined ? "" : `; did you mean '${guess}'?`;
    throw new Error(`use ${words.join(", ")}${question}`);
  };
}

/** How many rows a list may have at most. */
const MAX_ROWS = 100_000;

/** A number of rows. */
export function parseRows(text: string): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && rows >= 1 && rows <= MAX_ROWS) return rows;
  throw new Error(`write a whole number from 1 to ${MAX_ROWS}`);
}

/** A time on the wall clock of this machine. */
const LOCAL_TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?$/;

/** A time in the past, in milliseconds since the epoch: how long ago, or when. */
export function parseSince(this: Seat, text: string): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return this.screen.now() - ago;
  const local = LOCAL_TIME.test(text) ? text.replace(" ", "T") : undefined;
  const at = parseIsoTime(text) ??
    Date.parse(local?.length === "2026-01-31".length ? `${local}T00:00` : local ?? "");
  if (Number.isFinite(at)) return at;
  throw new Error("write it as 2h, 1d, 2026-01-31 or 2026-01-31T07:30");
}
