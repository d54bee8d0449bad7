import { escapeUnseen } from "../base/unseen.ts";
import type { LogLevel } from "./level.ts";

/** The format of times in the gateway's own fields. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What every line begins with. */
export interface LineHead {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly level: LogLevel;
  readonly component: string;
  readonly message: string;
}

/** What belongs to one event, with `plugin` and `job_id` if they apply. */
export type LogFields = Readonly<Record<string, unknown>>;

/** ANSI colour of each level: the brighter, the more it matters. */
const COLORS = { debug: 90, info: 32, warn: 33, error: 31 } as const;
const DIM = 2;
const BOLD = 1;

/** The first characters of a job's id are enough for people; the database has all of it. */
const SHORT_ID = 8;

/**
 * One event as one line for people: local time, level, component, plugin and job, message, then the
 * fields. The first columns are aligned.
 */
export function renderText(head: LineHead, fields: LogFields, useColors: boolean): string {
  const paint = (code: number, text: string) => useColors ? `\x1b[${code}m${text}\x1b[0m` : text;
  const { plugin, job_id, ...rest } = fields;
  const whose = [plugin, typeof job_id === "string" ? job_id.slice(0, SHORT_ID) : job_id]
    .filter((part) => part !== undefined).join("/");
  const details = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(DIM, `${key}=`)}${showValue(value)}`);
  return [
    paint(DIM, localTime(head.timestamp)),
    paint(COLORS[head.level], head.level.toUpperCase().padEnd(5)),
    head.component.padEnd(10),
    ...(whose === "" ? [] : [paint(BOLD, quoteUnlessPlain(whose))]),
    head.message,
    ...details,
  ].join(" ");
}

/** `2026-11-23 23:59:59.123` in the time zone of the machine. */
function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Shows times among the fields in local time, like the line's own. */
function showValue(value: unknown): string {
  return typeof value === "string"
    ? quoteUnlessPlain(localize(value))
    : quote(value, (_key, inner) => typeof inner === "string" ? localize(inner) : inner);
}

function localize(text: string): string {
  return ISO_TIME.test(text) ? localTime(Date.parse(text)) : text;
}

/** Quotes what does not read as one word, so that a line stays one line whatever a plugin writes. */
function quoteUnlessPlain(text: string): string {
  return /^[\w.:/+@%,-]+$/.test(text) ? text : quote(text);
}

/** JSON that escapes what could control a terminal. */
function quote(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return escapeUnseen(JSON.stringify(value, replacer));
}
