import { createRedact, type Redact } from "../base/redact.ts";
import { type Config, locateIn, type PluginEntry } from "../config/config.ts";
import type { FileProblem, Problem } from "../document/problem.ts";
import { loadPlugin, type PluginSpec } from "./discovery.ts";
import { describeReasons, type Refused } from "./refusal.ts";

export type { PluginSpec };

/** Something unknown in a manifest, or in an entry. */
export interface Warned {
  readonly plugin: string;
  readonly warning: FileProblem;
}

/** Keys of an entry's `config` that its plugin's manifest does not list. */
export interface Unlisted {
  readonly plugin: string;
  readonly problems: readonly Problem[];
}

/** What was found for the entries of a config. */
export interface Discovered {
  /** The plugins that may be run, by name, in the order of the config. */
  readonly plugins: ReadonlyMap<string, PluginSpec>;
  readonly refused: readonly Refused[];
  /** What is unknown in the manifests. */
  readonly warnings: readonly Warned[];
  readonly unlisted: readonly Unlisted[];
}

/**
 * What the gateway runs with: the config, and what was found for it. Each step gets all of it, so
 * that it can be replaced between two steps.
 */
export interface Setup extends Discovered {
  readonly config: Config;
  /** Masks the secrets of the config. */
  readonly redact: Redact;
}

/** Looks for the plugins of a config. Reads only; spawns nothing. */
export function loadSetup(config: Config, redact = createRedact(config.secrets)): Setup {
  return { config, redact, ...discoverPlugins(config.pluginsDir, config.plugins) };
}

/** Looks for a usable plugin folder for each entry. Reads only; spawns nothing. */
export function discoverPlugins(pluginsDir: string, entries: readonly PluginEntry[]): Discovered {
  const plugins = new Map<string, PluginSpec>();
  const refused: Refused[] = [];
  const warnings: Warned[] = [];
  const unlisted: Unlisted[] = [];
  for (const entry of entries) {
    const loaded = loadPlugin(pluginsDir, entry);
    if (loaded.unlisted.length > 0) {
      unlisted.push({ plugin: entry.name, problems: loaded.unlisted });
    }
    if (loaded.ok) {
      plugins.set(entry.name, loaded.spec);
      for (const warning of loaded.warnings) warnings.push({ plugin: entry.name, warning });
    } else {
      refused.push({ plugin: entry.name, refusals: loaded.refusals });
    }
  }
  return { plugins, refused, warnings, unlisted };
}

/** The keys in `config.yaml` that no manifest lists, each with its line and column. */
export function locateUnlisted({ config, unlisted }: Setup): readonly Warned[] {
  const locate = locateIn(config);
  return unlisted.flatMap(({ plugin, problems }) =>
    problems.map((problem) => ({ plugin, warning: locate(problem) }))
  );
}

/** Why there is no plugin of this name to run, and what to do about it. */
export function describeAbsence({ config, refused }: Setup, name: string): string {
  const why = refused.find(({ plugin }) => plugin === name);
  if (why !== undefined) {
    return `plugin "${name}" was refused at the start: ${describeReasons(why)}`;
  }
  return config.disabled.includes(name)
    ? `plugin "${name}" is disabled; set enabled: true in its entry in ${config.path}`
    : `plugin "${name}" does not run here: the config no longer names it`;
}
