import { z } from "zod";
import { isoTime } from "../base/iso_time.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { Answer } from "../core/ending.ts";
import { check } from "../document/check.ts";

/** What the gateway writes to a plugin's stdin. */
export interface PluginRequest {
  readonly jobId: string;
  readonly command: string;
  readonly config: JsonObject;
  readonly state: JsonObject;
  /** When the gateway ends the plugin, in milliseconds since the epoch. */
  readonly deadlineAt: number;
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

/** How much of a faulty answer an error shows. */
const PREVIEW_CHARS = 120;

const responseShape = {
  status: z.enum(["ok", "error"]),
  error: z.string().nullish(),
  retry: z.boolean().optional(),
  events: z.array(z.unknown()).default([]),
  state_updates: z.custom<JsonObject>(isJsonObject, "expected an object").default({}),
  logs: z.array(z.object({ level: z.string().optional(), message: z.string() })).default([]),
};

/** The fields of a response; any other is ignored. */
export const RESPONSE_FIELDS: readonly string[] = Object.keys(responseShape);

const responseSchema = z.object(responseShape).transform((
  { status, error, retry, events, state_updates, logs },
): PluginResponse => ({
  status,
  error: error ?? undefined,
  answer: { updates: state_updates, events, logs, retry },
}));

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
    }) + "\n",
  );
}

/** Reads a plugin's whole stdout as one protocol v1 response. Unknown fields are ignored. */
export function parseResponse(stdout: Uint8Array): ParsedResponse {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  } catch {
    return refuse("stdout is not valid UTF-8", new TextDecoder().decode(stdout));
  }
  if (text.trim() === "") return { ok: false, error: "stdout was empty, expected one JSON object" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("stdout is not one JSON value", text);
  }
  if (!isJsonObject(value)) return refuse("the response is not an object", text);
  const checked = check(responseSchema, value);
  if (checked.ok) return { ok: true, response: checked.value };
  const problems = checked.problems.map((p) => `${p.path.join(".")}: ${p.message}`);
  return refuse(`the response has wrong fields: ${problems.slice(0, 5).join("; ")}`, text);
}

function refuse(reason: string, text: string): ParsedResponse {
  const more = text.length > PREVIEW_CHARS ? " …" : "";
  return {
    ok: false,
    error: `${reason}; it begins ${JSON.stringify(text.slice(0, PREVIEW_CHARS))}${more}`,
  };
}
