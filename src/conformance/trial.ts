import type { JsonObject } from "../base/json.ts";
import type { Answer } from "../core/ending.ts";
import { MAX_STATE_BYTES, shallowMerge } from "../core/state.ts";
import { encodeRequest, parseResponse, type PluginRequest } from "../plugin/protocol.ts";
import type { PluginSpec } from "../plugin/setup.ts";
import type { ProcessResult } from "../process/process.ts";

/**
 * The runs a plugin is judged by: `first` with an empty state; `second` and `third` both with the
 * state that `first` left; `unknown` and `large` with that state and something more.
 */
export type TrialName = "first" | "second" | "third" | "unknown" | "large";

/** One run of the plugin. */
export interface Trial {
  readonly request: PluginRequest;
  readonly result: ProcessResult;
  readonly durationMs: number;
}

/** Top-level fields that no version of the protocol has, as a later version might. */
const LATER_FIELDS: JsonObject = { later_field: { list: [1, "two", null] }, later_flag: true };

/** Room for the key of the filler and its punctuation. */
const FILLER_OVERHEAD_BYTES = 100;

/** The request of a trial; `first` is the trial of that name, if this one builds on it. */
export function trialRequest(
  name: TrialName,
  plugin: PluginSpec,
  first: Trial | undefined,
  now: number,
): PluginRequest {
  const state = first === undefined ? {} : stateAfter(first);
  return {
    jobId: crypto.randomUUID(),
    command: "poll",
    config: plugin.config,
    state: name === "large" ? fill(state) : state,
    deadlineAt: now + plugin.timeoutsMs.poll,
  };
}

/** The gateway's own envelope, with fields of a later version if the trial asks for them. */
export function trialInput(name: TrialName, request: PluginRequest): Uint8Array {
  const input = encodeRequest(request);
  if (name !== "unknown") return input;
  const envelope: unknown = JSON.parse(new TextDecoder().decode(input));
  return new TextEncoder().encode(
    JSON.stringify(Object.assign({}, envelope, LATER_FIELDS)) + "\n",
  );
}

/** What a run answered; `undefined` if it was no valid response. */
export function answerOf({ result }: Trial): Answer | undefined {
  if (result.kind === "not started") return undefined;
  const parsed = parseResponse(result.stdout.bytes);
  return parsed.ok ? parsed.response.answer : undefined;
}

/** The state that the gateway would keep after a trial, or after `state` and that trial. */
export function stateAfter(trial: Trial, state: JsonObject = trial.request.state): JsonObject {
  return shallowMerge(state, answerOf(trial)?.updates ?? {});
}

/** The size of a state as the gateway counts it. */
export function stateBytes(state: JsonObject): number {
  return new TextEncoder().encode(JSON.stringify(state)).length;
}

/** A state of just under the largest size there is. */
function fill(state: JsonObject): JsonObject {
  const room = MAX_STATE_BYTES - stateBytes(state) - FILLER_OVERHEAD_BYTES;
  return { ...state, check_plugin_filler: "x".repeat(Math.max(0, room)) };
}
