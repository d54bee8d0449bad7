import type { OnCheckpoint } from "../base/checkpoint.ts";
import { ExitCode } from "../base/exit_code.ts";
import { createRedact, type Redact } from "../base/redact.ts";
import { createWake } from "../base/wake.ts";
import type { Config } from "../config/config.ts";
import { claimNext, type DispatchParts, runClaimed } from "../dispatcher/dispatch.ts";
import { dispatchLoop, type DispatchLoopParts } from "../dispatcher/dispatch_loop.ts";
import { createHolds } from "../dispatcher/holds.ts";
import { createEndTogether } from "../dispatcher/leftovers.ts";
import { type GetLog, type Log, openLog } from "../log/log.ts";
import { StdoutWriter } from "../log/stdout_writer.ts";
import { loadSetup, type Setup } from "../plugin/setup.ts";
import { findSetsid } from "../process/process.ts";
import { prune } from "../scheduler/prune.ts";
import { tick } from "../scheduler/tick.ts";
import { tickLoop } from "../scheduler/tick_loop.ts";
import { DatabaseUnusable, failureOf, isDamage } from "../sqlite/storage_error.ts";
import { retryStorage, surviveFileSizeLimit } from "../sqlite/storage_retry.ts";
import { takeLock } from "../store/lock.ts";
import { HeldByAnother, openStore, type Store } from "../store/store.ts";
import { startCare } from "./care.ts";
import { checkBeside } from "./check_beside.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { type HeldLock, keepDatabase } from "./keep_database.ts";
import { createLoopFaults } from "./loop_faults.ts";
import { createTell, recordEntries } from "./record_entries.ts";
import { listenForShutdown, type Shutdown } from "./shutdown.ts";
import {
  describeDamage,
  describeNoLock,
  describeNoPlugins,
  reportClosed,
  reportFault,
  reportPlugins,
  reportPublicFiles,
  reportStart,
} from "./start_report.ts";
import { hearStrayFaults } from "./stray_faults.ts";
import { watchWakeFile } from "./wake_file.ts";

/** What the gateway takes from the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly writeStdout: (bytes: Uint8Array) => Promise<number>;
  /** Shows one line to the person who started the program. */
  readonly complain: (line: string) => void;
  /** Whether stdout is a terminal, and whether that wants colours. */
  readonly isTerminal: boolean;
  readonly useColors: boolean;
  /** The program and arguments that check for damage while the gateway works; see {@link checkBeside}. */
  readonly checkCommand?: readonly string[];
  readonly onCheckpoint?: OnCheckpoint;
}

/** The same, with the log. */
interface Inside extends Surroundings {
  readonly getLog: GetLog;
  readonly redact: Redact;
  /** How many lines of the log were lost. */
  readonly droppedLines: () => number;
}

/** Runs the gateway until it is asked to stop, and returns the program's exit code. */
export async function runGateway(config: Config, outside: Surroundings): Promise<ExitCode> {
  const redact = createRedact(config.secrets);
  const around = { ...outside, complain: (line: string) => outside.complain(redact(line)) };
  let droppedLines = 0;
  const writer = new StdoutWriter(around.writeStdout, ({ lines, cause }) => {
    droppedLines += lines;
    log.warn("Log lines dropped", { lines, cause });
  });
  const { logLevel: level, logFormat, shutdownGraceMs } = config.service;
  const { isTerminal, useColors } = around;
  const format = logFormat ?? (isTerminal ? "text" : "json");
  const getLog = openLog({ level, format, useColors, redact }, writer, Date.now);
  const log = getLog("gateway");
  using shutdown = listenForShutdown(shutdownGraceMs, log);
  using _fileSizeLimit = surviveFileSizeLimit();
  let hasStrayFault = false;
  using _strayFaults = hearStrayFaults((fault) => {
    hasStrayFault = true;
    around.complain(reportFault(log, fault));
    shutdown.request("internal error");
  });
  try {
    const inside = { ...around, getLog, redact, droppedLines: () => droppedLines };
    const code = await start(config, inside, shutdown);
    return hasStrayFault ? ExitCode.failure : code;
  } catch (error) {
    around.complain(reportFault(log, error));
    return ExitCode.failure;
  } finally {
    await writer.flush();
  }
}

async function start(config: Config, around: Inside, shutdown: Shutdown): Promise<ExitCode> {
  const { getLog, redact } = around;
  const log = getLog("gateway");
  let hasDatabase = false;
  const fail = (line: string, code: ExitCode) => {
    log.error(hasDatabase ? "Gateway cannot continue" : "Gateway cannot start", { error: line });
    around.complain(line);
    return code;
  };
  const setup = loadSetup(config, redact);
  reportPublicFiles(config, getLog("config"));
  reportPlugins(setup, getLog("config"));
  if (setup.plugins.size === 0) return fail(describeNoPlugins(config), ExitCode.badConfig);

  try {
    const take = () => takeLock(config.statePath);
    const taken = await retryStorage("take lock", take, log, shutdown.stop);
    const locked = taken.ok ? taken.value : undefined;
    if (locked?.kind === "held") return fail(describeNoLock(locked), ExitCode.lockHeld);
    if (locked?.kind === "unusable") return fail(describeNoLock(locked), ExitCode.failure);
    const onOpen = () => hasDatabase = true;
    if (locked !== undefined) await serve({ lock: locked.lock }, setup, around, shutdown, onOpen);
  } catch (error) {
    if (error instanceof HeldByAnother) return fail(error.message, ExitCode.lockHeld);
    if (error instanceof DatabaseUnusable) return fail(error.message, ExitCode.failure);
    if (!isDamage(error)) throw error;
    return fail(describeDamage(config, error), ExitCode.failure);
  }
  log.info("Gateway stopped");
  return ExitCode.ok;
}

/**
 * Waits until the database can be opened, and serves from it. If it finds damage, it leaves a mark, so
 * that the next start checks the whole database before it runs a job.
 */
async function serve(
  held: HeldLock,
  setup: Setup,
  around: Inside,
  shutdown: Shutdown,
  onOpen: () => void,
): Promise<void> {
  const log = around.getLog("gateway");
  const { statePath } = setup.config;
  try {
    const open = () => openStore(statePath, held.lock.isMarkedDamaged ? "full" : undefined);
    const opened = await retryStorage("open database", open, log, shutdown.stop);
    if (!opened.ok) return;
    onOpen();
    held.lock.markDamaged(false);
    try {
      await runLoops(opened.value, held, setup, around, shutdown);
    } finally {
      const saved = await opened.value.saveCopy();
      const notMoved = opened.value.close();
      if (notMoved?.isLost) held.lock.markDamaged(true);
      reportClosed(notMoved, saved, log);
    }
  } catch (error) {
    if (isDamage(error)) held.lock.markDamaged(true);
    throw error;
  } finally {
    held.lock[Symbol.dispose]();
  }
}

/** Recovers from a crash and runs both loops, side by side, until asked to stop. */
async function runLoops(
  store: Store,
  held: HeldLock,
  setup: Setup,
  around: Inside,
  shutdown: Shutdown,
): Promise<void> {
  const { statePath, service } = setup.config;
  const life = new AbortController();
  const stop = AbortSignal.any([shutdown.stop, life.signal]);
  const { onCheckpoint, getLog } = around;
  const [log, ownLog] = [getLog("scheduler"), getLog("gateway")];
  const [wake, holds] = [createWake(), createHolds(getLog("dispatcher"))];
  const common = { store, setup, now: Date.now, stop, holds };
  const clocks = { now: Date.now, monotonic: () => performance.now() };
  const faults = createLoopFaults(life, shutdown, held);
  const beat = await createHeartbeat(store, clocks, createTell(setup, around.droppedLines));
  const hooks = { beat, onFault: faults.add, onEnd: wake.wake };
  const care = await startCare({ ...common, ...hooks, log: getLog("recovery") });
  if (care === undefined) return;
  reportStart(setup, store, clocks.now(), ownLog);
  using wakeFile = watchWakeFile(statePath, wake.wake, ownLog);
  const beside: Promise<unknown>[] = [];
  const add = (step: Promise<unknown>) => void beside.push(step.catch(faults.add));
  const record = () => add(recordEntries(store, setup, clocks.now(), ownLog, stop));
  const ticking = tickLoop({
    tick(tickAt) {
      care.beat(tickAt);
      return tick({ store, random: Math.random, log, ...clocks, onCheckpoint }, setup, tickAt);
    },
    lookAfter() {
      care.lookAfter(shutdown.running);
      wakeFile.keep();
    },
    prune: (tickAt) => prune({ store, log }, setup, tickAt),
    keepDatabase: () => keepDatabase(store, held, statePath, ownLog, record),
    intervalMs: service.tickIntervalMs,
    ...clocks,
    wake,
    log,
    stop,
  });
  const dispatching = dispatch({ ...common, wake, onFault: faults.add }, around, shutdown);
  add(checkBeside(store, statePath, around.checkCommand, ownLog, stop));
  record();
  await Promise.all([ticking, dispatching].map(faults.guard)).then(() => Promise.all(beside));
  await care.done();
  faults.report(ownLog);
  await leave(store, shutdown, clocks.now(), ownLog);
}

/** Leaves the database in order, and says there that the gateway has stopped. */
async function leave(store: Store, { interrupt }: Shutdown, now: number, log: Log): Promise<void> {
  await retryStorage("save log", store.saveLog, log, interrupt);
  failureOf(() => store.heartbeats.stop(Deno.pid, now)); // the next start needs no such sign
}

/** Starts the dispatch loop. */
function dispatch(
  common:
    & Pick<DispatchParts, "store" | "now" | "stop" | "holds">
    & Pick<DispatchLoopParts, "wake" | "onFault">
    & { readonly setup: Setup },
  { env, getLog, onCheckpoint }: Inside,
  { interrupt, running }: Shutdown,
): Promise<void> {
  const { setup } = common;
  const parts: DispatchParts = {
    ...common,
    env,
    log: getLog("dispatcher"),
    pluginLog: getLog("plugin"),
    setsid: findSetsid(),
    ...{ interrupt, running, onCheckpoint },
    ...{ endTogether: createEndTogether(), onFree: common.wake.wake },
  };
  return dispatchLoop({
    ...common,
    claim: () => claimNext(parts, setup),
    run: (job) => runClaimed(parts, setup, job),
  });
}
