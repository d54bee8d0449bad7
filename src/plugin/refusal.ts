import type { FileProblem } from "../document/problem.ts";

/** Why a plugin is not run: words for programs, where the error is for people. */
export type RefusalCode =
  /** `plugins_dir` is not a folder. */
  | "plugins_dir"
  /** The plugin's folder, or the manifest in it, is missing. */
  | "missing"
  /** The manifest cannot be read, or its keys are not what they have to be. */
  | "manifest"
  /** The manifest names another plugin than the folder. */
  | "name"
  /** Everyone may write to the folder or to the entrypoint. */
  | "writable"
  /** The entrypoint's path holds what no path should. */
  | "entrypoint path"
  /** The entrypoint leads out of `plugins_dir`. */
  | "entrypoint outside"
  /** The entrypoint is not there, or not a file. */
  | "entrypoint missing"
  | "entrypoint not executable"
  /** The config lacks keys that the manifest requires. */
  | "config keys"
  /** The file system refuses to say more. */
  | "file system";

/** One reason for which a plugin is not run. */
export interface Refusal {
  readonly code: RefusalCode;
  /** For people. */
  readonly error: string;
  /** The same where it stands, if it is a problem of the manifest. */
  readonly problem?: FileProblem;
}

/** A plugin that will not run, with every reason. */
export interface Refused {
  readonly plugin: string;
  readonly refusals: readonly Refusal[];
}

/** The line that an operator is shown. */
export function describeRefused(refused: Refused): string {
  return `Cannot load plugin "${refused.plugin}": ${describeReasons(refused)}`;
}

/** Every reason for which a plugin is not run. */
export function describeReasons({ refusals }: Refused): string {
  return refusals.map(({ error }) => error).join("; ");
}
