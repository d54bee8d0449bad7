import { type Config, defaultEntry, type PluginEntry } from "../../src/config/config.ts";
import { serviceSchema } from "../../src/config/schema.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import type { DispatchParts } from "../../src/dispatcher/dispatch.ts";
import type { Log } from "../../src/log/log.ts";
import type { PluginSpec, Setup } from "../../src/plugin/setup.ts";
import { findSetsid } from "../../src/process/process.ts";
import type { Store } from "../../src/store/store.ts";

/** What `config.yaml` comes to for a plugin of which it says nothing but `every: 5m`. */
export function pluginEntry(changes: Partial<PluginEntry> = {}): PluginEntry {
  const schedule = { everyMs: 300_000, jitterMs: 0 };
  return { ...defaultEntry("echo"), schedule, ...changes };
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
    disabled: [],
    ...changes,
  };
}

/** The same setup, in which history is kept for so many milliseconds. */
export function withRetention(jobLogRetentionMs: number, setup: Setup): Setup {
  const service = { ...setup.config.service, jobLogRetentionMs };
  return { ...setup, config: { ...setup.config, service } };
}

/** What a dispatcher works with that never stops and logs all in one place. */
export function dispatchParts(store: Store, log: Log): DispatchParts {
  const never = new AbortController().signal;
  const env = { PATH: Deno.env.get("PATH") ?? "" };
  return {
    store,
    env,
    now: Date.now,
    log,
    pluginLog: log,
    setsid: findSetsid(),
    holds: createHolds(log),
    running: new Set(),
    stop: never,
    interrupt: never,
  };
}

/** A setup in which every plugin was found as it should be. */
export function setupOf(...specs: readonly PluginSpec[]): Setup {
  const plugins = new Map(specs.map((spec) => [spec.name, spec]));
  return { config: configOf(specs), plugins, refused: [], warnings: [] };
}
