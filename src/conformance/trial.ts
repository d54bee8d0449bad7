import type { JsonObject } from "../base/json.ts";
import type { Ending } from "../core/ending.ts";
import { MAX_STATE_BYTES, shallowMerge, stateBytes } from "../core/state.ts";
import { encodeRequest, type PluginRequest } from "../plugin/protocol.ts";
import type { Run } from "../plugin/run.ts";
import type { PluginSpec } from "../plugin/setup.ts";

/**
 * The runs on which a plugin is judged: `first` with an empty state; `second` and `third` both with
 * the state that `first` left; `unknown` and `large` with that state and something more.
 */
export type TrialName = "first" | "second" | "third" | "unknown" | "large";

/** One run of the plugin. */
export interface Trial {
  readonly request: PluginRequest;
  readonly run: Run;
  readonly ending: Ending;
}

/** Top-level fields such as a later version of the protocol might have. */
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
    dueAt: now,
    attempt: 1,
  };
}

/** The gateway's own envelope, with unknown fields if the trial needs them. */
export function trialInput(name: TrialName, request: PluginRequest): Uint8Array {
  const input = encodeRequest(request);
  if (name !== "unknown") return input;
  const envelope = new TextDecoder().decode(input).trimEnd();
  const later = JSON.stringify(LATER_FIELDS);
  return new TextEncoder().encode(`${envelope.slice(0, -1)},${later.slice(1)}\n`);
}

/** The state that the gateway would store after a trial, if `state` was stored before it. */
export function stateAfter({ request, ending }: Trial, state: JsonObject = request.state) {
  return ending.ok ? shallowMerge(state, ending.answer.updates) : state;
}

/** A state just under the size limit. */
function fill(state: JsonObject): JsonObject {
  const room = MAX_STATE_BYTES - stateBytes(state) - FILLER_OVERHEAD_BYTES;
  return { ...state, check_plugin_filler: "x".repeat(Math.max(0, room)) };
}
