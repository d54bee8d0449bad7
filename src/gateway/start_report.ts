import { describeFault } from "../base/error_message.ts";
import { isoTime } from "../base/iso_time.ts";
import { VERSION } from "../base/version.ts";
import type { Config } from "../config/config.ts";
import type { Plan } from "../core/schedule.ts";
import { describeProblem } from "../document/problem.ts";
import type { Log } from "../log/log.ts";
import { describeRefused } from "../plugin/refusal.ts";
import { locateUnlisted, type Setup } from "../plugin/setup.ts";
import type { LockResult } from "../store/lock.ts";
import type { NotMoved, Store } from "../store/store.ts";

/** Says which files of secrets everyone can read. */
export function reportPublicFiles({ warnings }: Pick<Config, "warnings">, log: Log): void {
  for (const warning of warnings) {
    log.warn("File with a secret is readable by everyone", { warning: describeProblem(warning) });
  }
}

/** Says which plugins will not run, and which keys are unknown: of a manifest, or to one. */
export function reportPlugins(setup: Setup, log: Log): void {
  for (const one of setup.refused) {
    log.error("Plugin refused", { plugin: one.plugin, error: describeRefused(one) });
  }
  for (const { plugin, warning } of setup.warnings) {
    log.warn("Manifest key ignored", { plugin, warning: describeProblem(warning) });
  }
  for (const { plugin, warning } of locateUnlisted(setup)) {
    log.warn("Config key not listed in the manifest", {
      plugin,
      warning: describeProblem(warning),
    });
  }
}

/** The most names in one line. */
const MAX_NAMES = 20;

/** Says whose state is no longer used: a renamed plugin begins without its own. */
export function reportForgotten(
  { plugins, disabled }: Pick<Config, "plugins" | "disabled">,
  stored: readonly string[],
  log: Log,
): void {
  const known = new Set([...plugins.map(({ name }) => name), ...disabled]);
  const forgotten = stored.filter((name) => !known.has(name));
  if (forgotten.length === 0) return;
  log.warn("State kept for entries that the config no longer names", {
    count: forgotten.length,
    entries: forgotten.slice(0, MAX_NAMES),
  });
}

/** Says that the gateway has started, and what of its state deserves a look. */
export function reportStart(setup: Setup, store: Store, now: number, log: Log): void {
  log.info("Gateway started", describeStart(setup, store.plans.readAll(), now));
  reportExposed(store.exposed, log);
  reportForgotten(setup.config, store.states.names(), log);
}

/** The fields of the line that says that the gateway has started. */
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

/** Who holds the lock, or why it cannot be taken, and how to fix that. */
export function describeNoLock(lock: Exclude<LockResult, { kind: "taken" }>): string {
  return lock.kind === "unusable"
    ? `Cannot start: the lock ${lock.path} cannot be taken (${lock.error}); make its folder writable, move that file away if no gateway is running, or set another state.path`
    : `Cannot start: process ${lock.holderPid} holds the lock ${lock.path}; stop it, or set state.path to a file in its own folder: two databases in one folder are not supported`;
}

/** Says which part of the state others could change, and so make the gateway run jobs. */
export function reportExposed(paths: readonly string[], log: Log): void {
  for (const path of paths) {
    log.warn("State is writable by everyone", { path, fix: `run chmod o-w ${path}` });
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
  else log.warn("Database closed, its write-ahead log remains", { error });
}

/** Says that a fault of the program ends it, and returns the line for stderr. */
export function reportFault(log: Log, fault: unknown): string {
  const { error, at } = describeFault(fault);
  const line = `Internal error: ${error}`;
  log.error("Gateway cannot continue", { error: line, at });
  return line;
}

/** What to do about a damaged database. */
export function describeDamage({ statePath }: Pick<Config, "statePath">, error: Error): string {
  return `Cannot continue: database ${statePath}: ${error.message}; restore it from a backup`;
}
