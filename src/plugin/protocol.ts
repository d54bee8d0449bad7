import * as z from "zod/mini";
import { isoTime } from "../base/iso_time.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { asIs, type Redact } from "../base/redact.ts";
import type { Answer } from "../core/ending.ts";
import { check } from "../document/check.ts";
import { findMistyped } from "./mistyped_fields.ts";

/** What the gateway writes to a plugin's stdin. */
export interface PluginRequest {
  readonly jobId: string;
  readonly command: string;
  readonly config: JsonObject;
  readonly state: JsonObject;
  /** When the gateway ends the plugin, in milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** The time that the run is meant for, in milliseconds since the epoch; the same over all attempts. */
  readonly dueAt: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/** What a plugin wrote to stdout. */
export interface PluginResponse {
  readonly status: "ok" | "error";
  /** For people, if the status is "error". */
  readonly error: string | undefined;
  readonly answer: Answer;
}

/** A response, or why stdout held none. */
export type ParsedResponse =
  | { readonly ok: true; readonly response: PluginResponse }
  | { readonly ok: false; readonly error: string };

/** How much of an invalid answer an error shows. */
const PREVIEW_CHARS = 120;

/** How many events and lines of `logs` are read from an answer. */
const MAX_EVENTS = 1_000;
export const MAX_LOGS = 100;

/** How many problems of an answer its error names. */
const MAX_PROBLEMS = 5;

const responseShape = {
  status: z.enum(["ok", "error"]),
  error: z.nullish(z.string()),
  retry: z.optional(z.boolean()),
  events: z._default(firstOf(MAX_EVENTS, z.unknown()), []),
  state_updates: z._default(z.custom<JsonObject>(isJsonObject, "expected an object"), {}),
  logs: z._default(
    firstOf(MAX_LOGS, z.object({ level: z.optional(z.string()), message: z.string() })),
    [],
  ),
};

/** The fields of a response; any other is ignored. */
const RESPONSE_FIELDS: readonly string[] = Object.keys(responseShape);

const responseSchema = z.object(responseShape);

/** The first elements of a list. The rest is not even checked: there may be millions. */
function firstOf<T extends z.ZodMiniType>(count: number, element: T) {
  const cut = (value: unknown) => Array.isArray(value) ? value.slice(0, count) : value;
  return z.pipe(z.transform(cut), z.array(element));
}

/** The request envelope of protocol v1: one line of JSON. */
export function encodeRequest(request: PluginRequest): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({
      protocol: 1,
      job_id: request.jobId,
      command: request.command,
      config: request.config,
      state: request.state,
      deadline_at: isoTime(request.deadlineAt),
      due_at: isoTime(request.dueAt),
      attempt: request.attempt,
    }) + "\n",
  );
}

/**
 * Reads a plugin's whole stdout as one protocol v1 response. Unknown fields are ignored.
 *
 * @param redact masks what an error shows of stdout.
 */
export function parseResponse(stdout: Uint8Array, redact: Redact = asIs): ParsedResponse {
  const refuse = (reason: string, text: string): ParsedResponse => {
    return { ok: false, error: `${reason}; it begins ${preview(text, redact)}` };
  };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  } catch {
    return refuse("stdout is not valid UTF-8", new TextDecoder().decode(stdout));
  }
  if (text.trim() === "") return { ok: false, error: "stdout was empty, expected one JSON object" };
  const parsed = parseJson(text);
  if (!parsed.ok) return refuse(`stdout ${parsed.error}`, text);
  const { value } = parsed;
  if (!isJsonObject(value)) return refuse("the response is not an object", text);
  const checked = check(responseSchema, value);
  if (checked.ok) return { ok: true, response: toResponse(checked.value, value) };
  const problems = checked.problems.slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  return refuse(`the response has wrong fields: ${problems.join("; ")}`, text);
}

function toResponse(
  { status, error, retry, events, state_updates: updates, logs }: z.output<typeof responseSchema>,
  whole: JsonObject,
): PluginResponse {
  const lengthOf = (list: unknown) => Array.isArray(list) ? list.length : 0;
  const leftOut = {
    events: lengthOf(whole.events) - events.length,
    logs: lengthOf(whole.logs) - logs.length,
  };
  const mistyped = findMistyped(whole, RESPONSE_FIELDS);
  const answer: Answer = { updates, events, logs, leftOut, mistyped, retry };
  return { status, error: error ?? undefined, answer };
}

/** The beginning of a text. It is masked before it is cut and quoted: then a secret looks different. */
function preview(text: string, redact: Redact): string {
  const shown = redact(text.slice(0, 2 * PREVIEW_CHARS), true);
  const more = text.length > PREVIEW_CHARS ? " …" : "";
  return JSON.stringify(shown.slice(0, PREVIEW_CHARS)) + more;
}

/**
 * The `state_updates` of an answer, even if the rest of it is not valid or has other text around it.
 * Only for finding the secrets in it.
 */
export function findUpdates(stdout: Uint8Array): JsonObject {
  const text = new TextDecoder().decode(stdout);
  const whole = parseJson(text);
  const inner = whole.ok
    ? whole
    : parseJson(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  const answer = inner.ok && isJsonObject(inner.value) ? inner.value : {};
  return isJsonObject(answer.state_updates) ? answer.state_updates : {};
}
