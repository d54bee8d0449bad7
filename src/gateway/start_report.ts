import { describeFault } from "../base/error_message.ts";
import { isoTime } from "../base/iso_time.ts";
import { VERSION } from "../base/version.ts";
import type { Config } from "../config/config.ts";
import type { Plan } from "../core/schedule.ts";
import { describeProblem } from "../document/problem.ts";
import type { Log } from "../log/log.ts";
import { describeRefused } from "../plugin/refusal.ts";
import type { Discovered, Setup } from "../plugin/setup.ts";
import type { LockResult } from "../store/lock.ts";
import type { NotMoved } from "../store/store.ts";

/** Says which plugins will not run, and what in a manifest is not understood. */
export function reportPlugins({ refused, warnings }: Discovered, log: Log): void {
  for (const one of refused) {
    log.error("Plugin refused", { plugin: one.plugin, error: describeRefused(one) });
  }
  for (const { plugin, warning } of warnings) {
    log.warn("Manifest key ignored", { plugin, warning: describeProblem(warning) });
  }
}

/** As many names as one line has. */
const MAX_NAMES = 20;

/** Says of whose state nobody will make use: a plugin that was renamed begins without its own. */
export function reportForgotten(
  { plugins, disabled }: Pick<Config, "plugins" | "disabled">,
  stored: readonly string[],
  log: Log,
): void {
  const known = new Set([...plugins.map(({ name }) => name), ...disabled]);
  const forgotten = stored.filter((name) => !known.has(name));
  if (forgotten.length === 0) return;
  log.warn("State of entries that the config no longer names", {
    count: forgotten.length,
    entries: forgotten.slice(0, MAX_NAMES),
  });
}

/** The fields of the line that says that the gateway runs. */
export function describeStart(
  { config, plugins, refused }: Setup,
  plans: ReadonlyMap<string, Plan>,
  now: number,
) {
  const names = [...plugins.keys()];
  const nextRun = (name: string) => {
    const plan = plans.get(name);
    if (plan === undefined) return "now";
    if (plan.unreadable !== undefined) return "unreadable";
    return plan.nextRunAt <= now ? "now" : isoTime(plan.nextRunAt);
  };
  return {
    name: config.service.name,
    version: VERSION,
    pid: Deno.pid,
    config: config.path,
    state: config.statePath,
    plugins: names,
    refused: refused.map(({ plugin }) => plugin),
    next_runs: Object.fromEntries(names.map((name) => [name, nextRun(name)])),
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
export function describeNoLock(lock: Exclude<LockResult, { kind: "taken" }>): string {
  return lock.kind === "unusable"
    ? `Cannot start: the lock ${lock.path} cannot be taken (${lock.error}); make its folder writable, move that file away if no gateway runs, or set another state.path`
    : `Cannot start: process ${lock.holderPid} holds the lock ${lock.path}; stop it, or put state.path into a folder of its own: two databases in one folder are not supported`;
}

/** Says which part of the state others could change, or have the gateway run jobs by. */
export function reportExposed(paths: readonly string[], log: Log): void {
  for (const path of paths) {
    log.warn("State can be written by everyone", { path, fix: `run chmod o-w ${path}` });
  }
}

/** Says what became of the write-ahead log at the end, if it could not be moved into the database. */
export function reportClosed(
  notMoved: NotMoved | undefined,
  saved: string | undefined,
  log: Log,
): void {
  if (notMoved === undefined) return;
  const { error, isLost } = notMoved;
  if (isLost) log.error("Database closed, its write-ahead log is lost", { error, saved_as: saved });
  else log.warn("Database closed, its write-ahead log stays", { error });
}

/** Says that a fault of the program ends it, and returns the line for stderr. */
export function reportFault(log: Log, fault: unknown): string {
  const { error, at } = describeFault(fault);
  const line = `Internal error: ${error}`;
  log.error("Gateway cannot go on", { error: line, at });
  return line;
}

/** What to do about a database that turned out to be damaged. */
export function describeDamage({ statePath }: Pick<Config, "statePath">, error: Error): string {
  return `Cannot go on: database ${statePath}: ${error.message}; restore it from a backup`;
}
