import { asIs } from "../../src/base/redact.ts";
import { type Config, defaultEntry, type PluginEntry } from "../../src/config/config.ts";
import { serviceSchema } from "../../src/config/schema.ts";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { createEndTogether } from "../../src/dispatcher/leftovers.ts";
import type { DispatchParts } from "../../src/dispatcher/dispatch.ts";
import type { Log } from "../../src/log/log.ts";
import type { PluginSpec, Setup } from "../../src/plugin/setup.ts";
import { findSetsid } from "../../src/process/process.ts";
import type { Store } from "../../src/store/store.ts";

/** The entry of a plugin for which `config.yaml` has only `every: 5m`. */
export function pluginEntry(changes: Partial<PluginEntry> = {}): PluginEntry {
  const schedule = { everyMs: 300_000, jitterMs: 0 };
  return { ...defaultEntry("echo"), schedule, ...changes };
}

/** A plugin as discovery finds it; its folder need not exist unless it runs. */
export function pluginSpec(changes: Partial<PluginSpec> = {}): PluginSpec {
  const entry = pluginEntry(changes);
  const folder = `/plugins/${entry.name}`;
  const own = { commands: ["poll"], stateOnError: [], secretState: [] } as const;
  return { folder, entrypoint: `${folder}/run.sh`, ...own, ...entry, ...changes };
}

/** The config of a `config.yaml` that names only these plugins. */
export function configOf(plugins: readonly PluginEntry[], changes: Partial<Config> = {}): Config {
  return {
    path: "/etc/config.yaml",
    text: "",
    service: serviceSchema.parse({}),
    lanes: { total: 4, pools: new Map() },
    statePath: "/var/state.db",
    pluginsDir: "/plugins",
    plugins,
    disabled: [],
    secrets: [],
    secretFiles: [],
    warnings: [],
    ...changes,
  };
}

/** The same setup, with history kept for this many milliseconds. */
export function withRetention(jobLogRetentionMs: number, setup: Setup): Setup {
  const service = { ...setup.config.service, jobLogRetentionMs };
  return { ...setup, config: { ...setup.config, service } };
}

/** The parts of a dispatcher that never stops and logs everything in one place. */
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
    endTogether: createEndTogether(),
    stop: never,
    interrupt: never,
  };
}

/** A setup in which discovery accepted every plugin. */
export function setupOf(...specs: readonly PluginSpec[]): Setup {
  const plugins = new Map(specs.map((spec) => [spec.name, spec]));
  return {
    config: configOf(specs),
    redact: asIs,
    plugins,
    refused: [],
    warnings: [],
    unlisted: [],
  };
}
