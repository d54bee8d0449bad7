import type { Config } from "./config/config.ts";
import { createDispatcher } from "./dispatcher.ts";
import { ExitCode } from "./exit_code.ts";
import { type LockResult, takeLock } from "./lock.ts";
import { getLog, openLog } from "./log.ts";
import { createWake, dispatchLoop, tickLoop } from "./loops.ts";
import { type Discovered, discoverPlugins } from "./plugin/discovery.ts";
import { recoverOrphans } from "./recovery.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { listenForShutdown, type Shutdown } from "./shutdown.ts";
import { createStdoutWriter } from "./stdout_writer.ts";
import { DatabaseUnusable } from "./store/database.ts";
import { openStore, type Store } from "./store/store.ts";
import { startTickGrid } from "./tick_grid.ts";
import { VERSION } from "./version.ts";

/** How long the end of the program waits for a reader of the log that does not read. */
const FLUSH_LIMIT_MS = 1_000;

/** What the gateway takes from the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly writeStdout: (bytes: Uint8Array) => Promise<number>;
  /** Shows one line to the person who started the program. */
  readonly complain: (line: string) => void;
}

/** Runs the gateway until it is asked to stop, and returns the program's exit code. */
export async function runGateway(config: Config, around: Surroundings): Promise<ExitCode> {
  const writer = createStdoutWriter(around.writeStdout, (lines) => {
    getLog("gateway").warn("Log lines dropped, their reader is too slow", { lines });
  });
  using _log = openLog(config.logLevel, config.logFormat, writer);
  using shutdown = listenForShutdown(config.shutdownGraceMs, getLog("gateway"));
  try {
    return await start(config, around, shutdown);
  } finally {
    await writer.flush(FLUSH_LIMIT_MS);
  }
}

async function start(config: Config, around: Surroundings, shutdown: Shutdown): Promise<ExitCode> {
  const log = getLog("gateway");
  const fail = (line: string, code: ExitCode) => {
    log.error("Gateway cannot start", { error: line });
    around.complain(line);
    return code;
  };
  const discovered = discoverPlugins(config.pluginsDir, config.plugins);
  reportPlugins(discovered);
  if (discovered.plugins.length === 0) return fail(describeNoPlugins(config), ExitCode.badConfig);

  try {
    const locked = takeLock(config.statePath);
    if (!locked.ok) return fail(describeHeldLock(locked), ExitCode.lockHeld);
    using _lock = locked.lock;
    using store = openStore(config.statePath);
    await run(config, around, discovered, store, shutdown);
  } catch (error) {
    if (error instanceof DatabaseUnusable) return fail(error.message, ExitCode.failure);
    throw error;
  }
  log.info("Gateway stopped");
  return ExitCode.ok;
}

async function run(
  config: Config,
  around: Surroundings,
  discovered: Discovered,
  store: Store,
  shutdown: Shutdown,
): Promise<void> {
  const { plugins } = discovered;
  const { stop, interrupt } = shutdown;
  const now = Date.now;
  const log = getLog("gateway");
  await recoverOrphans({ store, now, log: getLog("recovery") });
  const scheduler = createScheduler({
    store,
    plugins,
    tickIntervalMs: config.tickIntervalMs,
    retentionMs: config.jobLogRetentionMs,
    random: Math.random,
    log: getLog("scheduler"),
  });
  const dispatcher = createDispatcher({
    store,
    plugins,
    env: around.env,
    now,
    log: getLog("dispatcher"),
    pluginLog: getLog("plugin"),
    stop,
    interrupt,
  });
  log.info("Gateway started", describeStart(config, discovered, scheduler));
  const wake = createWake();
  const grid = startTickGrid(config.tickIntervalMs, () => performance.now(), now);
  await untilBothEnd(shutdown, [
    tickLoop({ scheduler, grid, wake, log: getLog("scheduler"), stop }),
    dispatchLoop(dispatcher, wake, stop),
  ]);
}

/** A loop that throws stops the other one, and then the program. */
async function untilBothEnd(shutdown: Shutdown, loops: readonly Promise<void>[]): Promise<void> {
  const ended = loops.map((loop) =>
    loop.catch((error) => {
      shutdown.request("internal error");
      throw error;
    })
  );
  await Promise.allSettled(ended);
  await Promise.all(ended);
}

function reportPlugins({ refused, warnings }: Discovered): void {
  const log = getLog("config");
  for (const { name, error } of refused) log.error("Plugin refused", { plugin: name, error });
  for (const { name, warning } of warnings) {
    log.warn("Manifest key ignored", { plugin: name, warning });
  }
}

function describeStart(config: Config, { plugins, refused }: Discovered, scheduler: Scheduler) {
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

function describeNoPlugins({ path, plugins }: Config): string {
  return plugins.length === 0
    ? `Cannot start: no plugin is enabled in ${path}`
    : `Cannot start: none of the enabled plugins can be loaded (${
      plugins.map(({ name }) => name).join(", ")
    }); the log says why`;
}

function describeHeldLock({ path, holderPid }: Extract<LockResult, { ok: false }>): string {
  return `Cannot start: process ${holderPid} holds the lock ${path}; stop it, or set another state.path`;
}
