import type { Config } from "../config/config.ts";
import { discoverPlugins, type PluginSpec, type Warned } from "./discovery.ts";
import type { Refused } from "./refusal.ts";

/** What the gateway runs under: the config, and what was found for it. A reload swaps it whole. */
export interface Setup {
  readonly config: Config;
  /** The plugins that may be run, by name, in the order of the config. */
  readonly plugins: ReadonlyMap<string, PluginSpec>;
  readonly refused: readonly Refused[];
  readonly warnings: readonly Warned[];
}

/** Looks for the plugins of a config. Reads only; spawns nothing. */
export function loadSetup(config: Config): Setup {
  const { plugins, refused, warnings } = discoverPlugins(config.pluginsDir, config.plugins);
  return { config, plugins: new Map(plugins.map((spec) => [spec.name, spec])), refused, warnings };
}
