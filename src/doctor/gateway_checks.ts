import { formatDistance, formatSpan } from "../base/duration.ts";
import type { Facts, TableFacts } from "./facts.ts";
import { type Check, type Found, type Judgement, overTables } from "./finding.ts";
import { list, restart, start, word } from "./shell.ts";

/** The gateway that runs, or ran last. */
export const gatewayChecks: readonly Check[] = [
  { id: "gateway.silent", severity: "problem", judge: overTables(judgeSilent) },
  { id: "gateway.version", severity: "warning", judge: overTables(judgeVersion) },
  { id: "config.changed", severity: "warning", judge: overTables(judgeChanged) },
  { id: "lock.usable", severity: "problem", judge: judgeLockUsable },
  { id: "lock.holder", severity: "warning", judge: overTables(judgeLockHolder) },
  { id: "jobs.orphaned", severity: "warning", judge: overTables(judgeOrphaned) },
  { id: "log.dropped", severity: "warning", judge: overTables(judgeDropped) },
  { id: "unit.stop-timeout", severity: "warning", judge: judgeStopTimeout },
];

const NO_LOCK = { notChecked: "this user may not read the lock" };
const UNLISTED = { notChecked: "the processes of this machine cannot be listed" };

function findProcess({ machine: { processes } }: Facts, pid: number) {
  return processes?.find((one) => one.pid === pid);
}

function judgeSilent({ life, gateway }: TableFacts, facts: Facts): readonly Found[] {
  if (life !== "silent" || gateway === undefined) return [];
  const { pid, tickAt } = gateway;
  const process = findProcess(facts, pid);
  const what = process === undefined
    ? `there is no process ${pid}`
    : `process ${pid} (${process.name}) is there`;
  return [{
    evidence: `the last tick was ${formatDistance(tickAt, facts.now)}, without a stop; ${what}`,
    fix: process === undefined ? start(facts) : restart(facts, pid, "-KILL "),
  }];
}

function judgeVersion({ life, gateway }: TableFacts, facts: Facts): readonly Found[] {
  const runs = gateway?.service?.version;
  if (life !== "running" || runs === undefined || runs === facts.version) return [];
  return [{
    evidence: `the gateway that runs is version ${runs}, and this program is ${facts.version}`,
    fix: restart(facts, gateway?.pid ?? NaN),
  }];
}

function judgeChanged({ life, gateway, digest }: TableFacts, facts: Facts): readonly Found[] {
  const { path, digest: now } = facts.config;
  if (life !== "running" || digest === undefined || digest === now) return [];
  const since = formatDistance(gateway?.startedAt ?? NaN, facts.now);
  return [{
    evidence: `${path} has changed since the gateway read it (${since})`,
    fix: restart(facts, gateway?.pid ?? NaN),
  }];
}

function judgeLockUsable({ state: { lock } }: Facts): Judgement {
  if (lock === "unreadable") return NO_LOCK;
  if (lock?.obstacle === undefined) return [];
  return [{
    evidence: `no gateway can take the lock ${lock.path}: ${lock.obstacle}`,
    fix: `mv ${word(lock.path)} ${word(`${lock.path}.old`)}  # unless a gateway runs`,
  }];
}

/** Compares the lock with the heartbeat. A lock that nobody holds may name a process that has ended. */
function judgeLockHolder({ life, gateway }: TableFacts, facts: Facts): Judgement {
  const { machine, state: { lock } } = facts;
  if (machine.processes === undefined) return UNLISTED;
  if (lock === "unreadable") return NO_LOCK;
  if (lock?.obstacle !== undefined || lock?.isCommand) return [];
  const holder = lock?.pid === undefined ? undefined : findProcess(facts, lock.pid);
  const runs = life === "running" && gateway !== undefined && findProcess(facts, gateway.pid);
  if (runs && gateway.pid !== lock?.pid) {
    const named = lock?.pid === undefined ? "no process" : `process ${lock.pid}`;
    return [{
      evidence: `the gateway is process ${gateway.pid}, but the lock beside the database names ` +
        `${named}; it was deleted or replaced`,
      fix: restart(facts, gateway.pid),
    }];
  }
  if (life === "running" || holder === undefined || holder.pid === gateway?.pid) return [];
  return [{
    evidence: `process ${holder.pid} (${holder.name}) holds the lock and gives no sign of life, ` +
      "or has the number of a gateway that was killed",
    fix: `ps -fp ${holder.pid}  # if it is a gateway, end it; if not, start one`,
  }];
}

function judgeOrphaned({ life, gateway, running }: TableFacts, facts: Facts): Judgement {
  const isGone = life === "stopped" ||
    life === "silent" && findProcess(facts, gateway?.pid ?? NaN) === undefined;
  if (!isGone || running.length === 0) return [];
  if (facts.machine.processes === undefined) return UNLISTED;
  const ids = new Set(running.map(({ id }) => id));
  const alive = facts.machine.processes.filter(({ mark }) => mark !== undefined && ids.has(mark));
  const left = alive.map(({ pid, name }) => `${pid} (${name})`);
  const names = [...new Set(running.map(({ plugin }) => plugin))];
  const processes = left.length === 0
    ? "none of their processes is left"
    : `still there: ${list(left)}`;
  return [{
    evidence: `jobs of ${
      list(names)
    } ran when the gateway ended, and wait for recovery; ${processes}`,
    fix: `${start(facts)}  # it ends what is left and runs them again`,
  }];
}

function judgeDropped({ gateway }: TableFacts, facts: Facts): readonly Found[] {
  const lines = gateway?.droppedLines ?? 0;
  if (lines === 0) return [];
  return [{
    evidence: `${lines} lines of the log were lost since the start of the gateway ` +
      `${formatDistance(gateway?.startedAt ?? NaN, facts.now)}: its reader is too slow`,
    fix: `${start(facts)} >> senechal-gw.log  # a file loses no line; job_log has every run`,
  }];
}

/** For a plugin that ignores SIGTERM, and for a slow reader of the log. Source: docs/operations.md, "systemd" */
const BESIDES_GRACE_MS = 10_000;

function judgeStopTimeout({ machine: { unit }, config }: Facts): Judgement {
  if ("unknown" in unit) return { notChecked: unit.unknown };
  const neededMs = config.shutdownGraceMs + BESIDES_GRACE_MS;
  if (unit.stopTimeoutMs > neededMs) return [];
  const needed = Math.ceil(neededMs / 1_000) + 5;
  return [{
    evidence:
      `${unit.name} kills the gateway ${formatSpan(unit.stopTimeoutMs)} after a request to ` +
      `stop, but with this shutdown_grace a stop may take ${formatSpan(neededMs)}`,
    fix: `sudo systemctl edit ${word(unit.name)}  # [Service] TimeoutStopSec=${needed}s`,
  }];
}
