import type { FileProblem } from "../document/problem.ts";

/** Why a plugin does not run, for programs; the error is for people. */
export type RefusalCode =
  /** `plugins_dir` is not a folder. */
  | "plugins_dir"
  /** The plugin's folder, or the manifest in it, is missing. */
  | "missing"
  /** The manifest cannot be read, or is not valid. */
  | "manifest"
  /** The manifest has another name than the folder. */
  | "name"
  /** `plugins_dir`, the folder or the entrypoint is writable by everyone. */
  | "writable"
  /** The entrypoint's path contains a control character. */
  | "entrypoint path"
  /** The entrypoint leads out of `plugins_dir`. */
  | "entrypoint outside"
  /** The entrypoint is not there, or not a file. */
  | "entrypoint missing"
  | "entrypoint not executable"
  /** The config lacks keys that the manifest requires. */
  | "config keys"
  /** The file system gives an error. */
  | "file system";

/** One reason why a plugin does not run. */
export interface Refusal {
  readonly code: RefusalCode;
  /** For people. */
  readonly error: string;
  /** The same with its place, if it is a problem of the manifest. */
  readonly problem?: FileProblem;
}

/** A plugin that will not run, with every reason. */
export interface Refused {
  readonly plugin: string;
  readonly refusals: readonly Refusal[];
}

/** The line that the operator sees. */
export function describeRefused(refused: Refused): string {
  return `Cannot load plugin "${refused.plugin}": ${describeReasons(refused)}`;
}

/** Every reason why a plugin does not run. */
export function describeReasons({ refusals }: Refused): string {
  return refusals.map(({ error }) => error).join("; ");
}
