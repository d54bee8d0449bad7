import type { JsonObject } from "../base/json.ts";

/** Why an attempt did not succeed: stable words for programs. */
export const REASONS = [
  ...["timeout", "exit", "protocol", "error", "state", "spawn", "output", "row"] as const,
  ...["internal", "interrupted"] as const,
] as const;

/** One of these words. */
export type Reason = typeof REASONS[number];

/** One line that a plugin asks the gateway to log. */
export interface LogEntry {
  readonly level?: string | undefined;
  readonly message: string;
}

/** An unknown field of an answer, and the one that was most likely meant. */
export interface MistypedField {
  readonly field: string;
  readonly meant: string;
}

/** What the gateway uses of a plugin's answer. */
export interface Answer {
  readonly updates: JsonObject;
  readonly events: readonly unknown[];
  readonly logs: readonly LogEntry[];
  /** How many events and lines of `logs` it had beyond those. */
  readonly leftOut: { readonly events: number; readonly logs: number };
  readonly mistyped: readonly MistypedField[];
  /** Whether it asks for a retry; `undefined` if it does not say. */
  readonly retry: boolean | undefined;
}

/**
 * The outcome of an attempt. A failed one has an answer if the plugin ended by itself and wrote a
 * valid one.
 */
export type Ending = { readonly ok: true; readonly answer: Answer } | Failure;

/** The outcome of an attempt that did not succeed. */
export interface Failure {
  readonly ok: false;
  readonly reason: Reason;
  /** For people. */
  readonly error: string;
  readonly answer?: Answer | undefined;
  /** Whether another attempt is bound to end the same way, so that none is made. */
  readonly isFinal?: boolean | undefined;
}

/**
 * The updates of the state that an attempt leaves: all if it succeeded, and those of some keys if the
 * plugin answered `error` in time and exited with 0. Any other failure leaves none. Source:
 * docs/plugins.md, "Tokens that change".
 *
 * @param keys the manifest's `state_on_error`.
 */
export function storedUpdates(ending: Ending, keys: readonly string[]): JsonObject {
  const updates = ending.answer?.updates ?? {};
  if (ending.ok) return updates;
  if (ending.reason !== "error") return {};
  return Object.fromEntries(Object.entries(updates).filter(([key]) => keys.includes(key)));
}
