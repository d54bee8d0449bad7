import { nearest } from "../base/nearest.ts";
import { escapeUnseen } from "../base/unseen.ts";
import type { PluginEntry } from "../config/config.ts";
import type { Problem } from "../document/problem.ts";
import { type Manifest, MAX_LISTED } from "./manifest.ts";
import type { Refusal } from "./refusal.ts";

type ConfigKeys = Pick<Manifest["config_keys"], "required" | "optional">;

/** Why a plugin whose `config` lacks keys that its manifest requires does not run. */
export function findMissingKeys(
  { required = [] }: ConfigKeys,
  { name, config }: PluginEntry,
): Refusal | undefined {
  const missing = required.filter((key) => !Object.hasOwn(config, key));
  if (missing.length === 0) return undefined;
  const error = `its manifest requires config keys that are missing: ${nameSome(missing)}; ` +
    `add them under plugins.${name}.config`;
  return { code: "config keys", error };
}

/**
 * The first keys of an entry's `config` that the manifest does not list, and a count of the others;
 * none if it has no list. Shows no value.
 */
export function findUnlistedKeys(
  { required, optional }: ConfigKeys,
  { name, config }: PluginEntry,
): readonly Problem[] {
  if (required === undefined && optional === undefined) return [];
  const listed = new Set([...required ?? [], ...optional ?? []]);
  const unlisted = Object.keys(config).filter((key) => !listed.has(key));
  const path = ["plugins", name, "config"];
  const problems = unlisted.slice(0, MAX_LISTED)
    .map((key) => problemAt([...path, key], describeUnlisted(key, [...listed])));
  const more = unlisted.length - MAX_LISTED;
  if (more <= 0) return problems;
  return [...problems, problemAt(path, `the plugin's manifest does not list ${more} more keys`)];
}

function problemAt(path: readonly string[], message: string): Problem {
  return { code: "unlisted key", path, message };
}

function describeUnlisted(key: string, listed: readonly string[]): string {
  const guess = nearest(key, listed);
  const known = listed.length === 0 ? "no key" : nameSome(listed);
  const hint = guess === undefined ? `it lists ${known}` : `did you mean "${guess}"?`;
  return escapeUnseen(`the plugin's manifest does not list this key; ${hint}`);
}

function nameSome(keys: readonly string[]): string {
  const more = keys.length - MAX_LISTED;
  return keys.slice(0, MAX_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
