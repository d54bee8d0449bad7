import type { JsonObject } from "../base/json.ts";
import { createRedact, MASK, type Redact } from "../base/redact.ts";
import { secretForms, textsIn } from "../core/secret.ts";
import { findUpdates } from "./protocol.ts";
import type { Run } from "./run.ts";
import type { PluginSpec, Setup } from "./setup.ts";

/** More than any tokens take: to search for megabytes would hold up the other plugins. */
const MAX_OWN_CHARS = 64 * 1024;

/** Masks all of a text. */
const maskWhole: Redact = (text) => text === "" ? "" : MASK;

/**
 * Masks what a run shows: the secrets of the config and, of a plugin with `secret_state`, the values of
 * these keys in the state that the run got and in what it answered. If these are too large to search
 * for, it shows nothing.
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
  const chars = values.reduce((sum, { length }) => sum + length, 0);
  if (chars > MAX_OWN_CHARS) return maskWhole;
  return createRedact([...config.secrets, ...secretForms(values)]);
}
