import type { Config } from "../config/config.ts";
import type { LockResult } from "../store/lock.ts";
import { getLog } from "../log/log.ts";
import type { Discovered } from "../plugin/discovery.ts";
import type { Scheduler } from "../scheduler/tick.ts";
import { VERSION } from "../base/version.ts";

/** Says which plugins will not run, and what in a manifest is not understood. */
export function reportPlugins({ refused, warnings }: Discovered): void {
  const log = getLog("config");
  for (const { name, error } of refused) log.error("Plugin refused", { plugin: name, error });
  for (const { name, warning } of warnings) {
    log.warn("Manifest key ignored", { plugin: name, warning });
  }
}

/** The fields of the line that says that the gateway runs. */
export function describeStart(
  config: Config,
  { plugins, refused }: Discovered,
  scheduler: Scheduler,
) {
  const nextRuns = [...scheduler.nextRuns()].map(([name, at]) =>
    [name, at === undefined ? "now" : new Date(at).toISOString()] as const
  );
  return {
    name: config.name,
    version: VERSION,
    pid: Deno.pid,
    config: config.path,
    state: config.statePath,
    plugins: plugins.map(({ name }) => name),
    refused: refused.map(({ name }) => name),
    next_runs: Object.fromEntries(nextRuns),
  };
}

/** Why there is nothing to run. */
export function describeNoPlugins({ path, plugins }: Config): string {
  return plugins.length === 0
    ? `Cannot start: no plugin is enabled in ${path}; add one, or set enabled: true`
    : `Cannot start: none of the enabled plugins can be loaded (${
      plugins.map(({ name }) => name).join(", ")
    }); the log says why`;
}

/** Who holds the lock, or why there is none to take, and the way out. */
export function describeNoLock(lock: Extract<LockResult, { ok: false }>): string {
  return lock.holderPid === undefined
    ? `Cannot start: the lock ${lock.path} cannot be taken (${lock.error}); make its folder writable, free space on its disk, or set another state.path`
    : `Cannot start: process ${lock.holderPid} holds the lock ${lock.path}; stop it, or set another state.path`;
}

/** What to do about a database that turned out to be damaged. */
export function describeDamage({ statePath }: Config, error: Error): string {
  return `Cannot go on: database ${statePath}: ${error.message}; restore it from a backup`;
}
