import type { OnCheckpoint } from "../base/checkpoint.ts";
import { describeFault } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { createWake } from "../base/wake.ts";
import type { Config } from "../config/config.ts";
import { dispatchNext } from "../dispatcher/dispatch.ts";
import { dispatchLoop } from "../dispatcher/dispatch_loop.ts";
import { createHolds } from "../dispatcher/holds.ts";
import { lookAfter, recoverOrphans } from "../dispatcher/recovery.ts";
import { getLog, openLog } from "../log/log.ts";
import { StdoutWriter } from "../log/stdout_writer.ts";
import { loadSetup, type Setup } from "../plugin/setup.ts";
import { prune } from "../scheduler/prune.ts";
import { tick } from "../scheduler/tick.ts";
import { tickLoop } from "../scheduler/tick_loop.ts";
import { findSetsid } from "../process/process.ts";
import { DatabaseUnusable } from "../sqlite/database.ts";
import { isDamage } from "../sqlite/storage_error.ts";
import { retryStorage, surviveFileSizeLimit } from "../sqlite/storage_retry.ts";
import { takeLock } from "../store/lock.ts";
import { openStore, type Store } from "../store/store.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { keepDatabase } from "./keep_database.ts";
import { listenForShutdown, type Shutdown } from "./shutdown.ts";
import {
  describeDamage,
  describeNoLock,
  describeNoPlugins,
  describeStart,
  reportFault,
  reportForgotten,
  reportPlugins,
} from "./start_report.ts";
import { hearStrayFaults } from "./stray_faults.ts";

/** How long the end of the program waits for a reader of the log that does not read. */
const FLUSH_LIMIT_MS = 1_000;

/** What the gateway takes from the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly writeStdout: (bytes: Uint8Array) => Promise<number>;
  /** Shows one line to the person who started the program. */
  readonly complain: (line: string) => void;
  /** Whether stdout is a terminal that wants colours. */
  readonly useColors: boolean;
  readonly onCheckpoint?: OnCheckpoint;
}

/** Runs the gateway until it is asked to stop, and returns the program's exit code. */
export async function runGateway(config: Config, around: Surroundings): Promise<ExitCode> {
  const writer = new StdoutWriter(around.writeStdout, ({ lines, cause }) => {
    getLog("gateway").warn("Log lines dropped", { lines, cause });
  });
  const { logLevel: level, logFormat: format, shutdownGraceMs } = config.service;
  using _log = openLog({ level, format, useColors: around.useColors }, writer);
  using shutdown = listenForShutdown(shutdownGraceMs, getLog("gateway"));
  using _fileSizeLimit = surviveFileSizeLimit();
  let hasStrayFault = false;
  using _strayFaults = hearStrayFaults((fault) => {
    hasStrayFault = true;
    around.complain(reportFault(getLog("gateway"), fault));
    shutdown.request("internal error");
  });
  try {
    const code = await start(config, around, shutdown);
    return hasStrayFault ? ExitCode.failure : code;
  } catch (error) {
    around.complain(reportFault(getLog("gateway"), error));
    return ExitCode.failure;
  } finally {
    await writer.flush(FLUSH_LIMIT_MS);
  }
}

async function start(config: Config, around: Surroundings, shutdown: Shutdown): Promise<ExitCode> {
  const log = getLog("gateway");
  const fail = (line: string, code: ExitCode, message = "Gateway cannot start") => {
    log.error(message, { error: line });
    around.complain(line);
    return code;
  };
  const setup = loadSetup(config);
  reportPlugins(setup, getLog("config"));
  if (setup.plugins.size === 0) return fail(describeNoPlugins(config), ExitCode.badConfig);

  try {
    const locked = takeLock(config.statePath);
    if (locked.kind !== "taken") {
      const code = locked.kind === "held" ? ExitCode.lockHeld : ExitCode.failure;
      return fail(describeNoLock(locked), code);
    }
    using _lock = locked.lock;
    await serve(setup, around, shutdown);
  } catch (error) {
    if (error instanceof DatabaseUnusable) return fail(error.message, ExitCode.failure);
    if (!isDamage(error)) throw error;
    return fail(describeDamage(config, error), ExitCode.failure, "Gateway cannot go on");
  }
  log.info("Gateway stopped");
  return ExitCode.ok;
}

/** Waits until the database can be opened, and serves from it. */
async function serve(setup: Setup, around: Surroundings, shutdown: Shutdown): Promise<void> {
  const log = getLog("gateway");
  const open = () => openStore(setup.config.statePath);
  const opened = await retryStorage("open database", open, log, shutdown.stop);
  if (!opened.ok) return;
  try {
    await runLoops(opened.value, setup, around, shutdown);
  } finally {
    const error = opened.value.close();
    if (error !== undefined) log.warn("Database closed, its write-ahead log stays", { error });
  }
}

/** Recovers what a crash left, then runs both loops until asked to stop. */
async function runLoops(
  store: Store,
  setup: Setup,
  around: Surroundings,
  shutdown: Shutdown,
): Promise<void> {
  const { statePath, service } = setup.config;
  const life = new AbortController();
  const stop = AbortSignal.any([shutdown.stop, life.signal]);
  const { onCheckpoint } = around;
  const log = getLog("scheduler");
  const holds = createHolds(getLog("dispatcher"));
  const recovery = { store, now: Date.now, log: getLog("recovery"), stop, holds };
  const clocks = { now: Date.now, monotonic: () => performance.now() };
  const beat = await createHeartbeat(store, clocks);
  await recoverOrphans(recovery);
  if (stop.aborted) return;
  getLog("gateway").info("Gateway started", describeStart(setup, store.plans.readAll()));
  reportForgotten(setup.config, store.states.names(), getLog("gateway"));
  const wake = createWake();
  const ticking = tickLoop({
    tick(tickAt) {
      beat(tickAt);
      return tick({ store, random: Math.random, log, onCheckpoint }, setup, tickAt);
    },
    lookAfter: () => lookAfter(recovery, shutdown.running),
    prune: (tickAt) => prune({ store, log }, setup, tickAt),
    keepDatabase: () => keepDatabase(store, statePath, getLog("gateway")),
    intervalMs: service.tickIntervalMs,
    ...clocks,
    wake,
    log,
    stop,
  });
  const dispatchParts = {
    store,
    env: around.env,
    now: Date.now,
    log: getLog("dispatcher"),
    pluginLog: getLog("plugin"),
    setsid: findSetsid(),
    holds,
    stop,
    interrupt: shutdown.interrupt,
    running: shutdown.running,
    onCheckpoint,
  };
  const dispatching = dispatchLoop(() => dispatchNext(dispatchParts, setup), wake, stop);
  await untilBothEnd(life, shutdown, ticking, dispatching);
}

/** A loop that ends stops the other one; a loop that throws stops the program. */
async function untilBothEnd(
  life: AbortController,
  shutdown: Shutdown,
  ticking: Promise<void>,
  dispatching: Promise<void>,
): Promise<void> {
  const faults: unknown[] = [];
  function end(fault: unknown): void {
    faults.push(fault);
    shutdown.request(`internal error: ${describeFault(fault).error}`);
  }
  await Promise.all(
    [ticking, dispatching].map((loop) => loop.catch(end).finally(() => life.abort())),
  );
  const [first, ...others] = faults;
  for (const fault of others) reportFault(getLog("gateway"), fault);
  if (faults.length > 0) throw first;
}
