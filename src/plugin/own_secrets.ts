import type { JsonObject } from "../base/json.ts";
import { createRedact, type Redact } from "../base/redact.ts";
import { secretForms, textsIn } from "../core/secret.ts";
import { findUpdates } from "./protocol.ts";
import type { Run } from "./run.ts";
import type { PluginSpec, Setup } from "./setup.ts";

/**
 * Masks what a run shows: the secrets of the config and, of a plugin with `secret_state`, the values of
 * these keys in the state that the run got and in what it answered.
 */
export function redactRun(
  { config, redact }: Setup,
  { secretState }: PluginSpec,
  state: JsonObject,
  run: Run,
): Redact {
  if (secretState.length === 0) return redact;
  const updates = run.kind === "ended" ? findUpdates(run.stdout.bytes) : {};
  const values = [state, updates].flatMap((object) =>
    secretState.filter((key) => Object.hasOwn(object, key)).flatMap((key) => textsIn(object[key]))
  );
  return createRedact([...config.secrets, ...secretForms(values)]);
}
