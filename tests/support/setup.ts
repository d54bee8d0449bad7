import { type Config, defaultEntry, type PluginEntry } from "../../src/config/config.ts";
import { serviceSchema } from "../../src/config/schema.ts";
import type { PluginSpec } from "../../src/plugin/setup.ts";
import type { Setup } from "../../src/plugin/setup.ts";

/** What `config.yaml` comes to for a plugin of which it says nothing but `every: 5m`. */
export function pluginEntry(changes: Partial<PluginEntry> = {}): PluginEntry {
  return { ...defaultEntry("echo", 300_000), ...changes };
}

/** A plugin as discovery finds it; its folder need not exist where it is not run. */
export function pluginSpec(changes: Partial<PluginSpec> = {}): PluginSpec {
  const entry = pluginEntry(changes);
  const folder = `/plugins/${entry.name}`;
  return { folder, entrypoint: `${folder}/run.sh`, commands: ["poll"], ...entry, ...changes };
}

/** What `config.yaml` comes to where it names just these plugins. */
export function configOf(plugins: readonly PluginEntry[], changes: Partial<Config> = {}): Config {
  return {
    path: "/etc/config.yaml",
    service: serviceSchema.parse({}),
    statePath: "/var/state.db",
    pluginsDir: "/plugins",
    plugins,
    ...changes,
  };
}

/** A setup in which every plugin was found as it should be. */
export function setupOf(...specs: readonly PluginSpec[]): Setup {
  const plugins = new Map(specs.map((spec) => [spec.name, spec]));
  return { config: configOf(specs), plugins, refused: [], warnings: [] };
}
