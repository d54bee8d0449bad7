import type { DatabaseSync } from "node:sqlite";
import { isoTime, parseIsoTime } from "../base/iso_time.ts";
import { nextRun, type Plan, revise, type Schedule } from "../core/schedule.ts";
import { Heartbeats } from "../store/heartbeats.ts";
import { Plans } from "../store/plans.ts";
import type { Find } from "./promise.ts";
import { rowsOf } from "./rows.ts";
import type { Terms } from "./verdict.ts";

/** What the gateway read at its last start. */
export interface Present {
  /** In ISO 8601; `undefined` if it has read nothing yet, or that is unclear. */
  readonly loadedAt: string | undefined;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly terms: ReadonlyMap<string, Terms>;
  /** What ended before this time is pruned, in ISO 8601. */
  readonly cutoff: string;
  /** The last tick, in milliseconds since the epoch. */
  readonly tickAt: number | undefined;
  /** The same in ISO 8601. */
  readonly lastTickAt: string | undefined;
  readonly entries: number;
}

const ENTRIES = `SELECT name, status, folder, refusal, error, config_digest, loaded_at,
    schedule ->> '$.everyMs' AS every_ms, schedule ->> '$.jitterMs' AS jitter_ms,
    settings ->> '$.retry.backoffBaseMs' AS base_ms, settings ->> '$.retry.backoffMaxMs' AS max_ms,
    settings IS NOT NULL AS has_settings
  FROM entries WHERE coalesce(json_valid(schedule), 1) AND coalesce(json_valid(settings), 1)`;

/** Reads what the gateway runs, and checks that it is complete. */
export function readPresent(db: DatabaseSync, find: Find): Present {
  const schedules = new Map<string, Schedule>();
  const terms = new Map<string, Terms>();
  const loads = new Set<string>();
  const say = (name: string, what: string) =>
    find("entries.complete", "entries", `name ${name}`, what);
  for (const row of rowsOf(db, ENTRIES)) {
    const [name, status] = [String(row.name), String(row.status)];
    loads.add(`${row.loaded_at} ${row.config_digest}`);
    const everyMs = Number(row.every_ms ?? NaN);
    const jitterMs = Number(row.jitter_ms ?? NaN);
    const isEnabled = status === "enabled";
    if (isEnabled !== (row.folder !== null && row.has_settings === 1n && everyMs > 0)) {
      say(name, `${status} ${isEnabled ? "without" : "with"} folder, schedule or settings`);
    }
    if ((status === "refused") !== (row.refusal !== null && row.error !== null)) {
      say(name, `${status} ${status === "refused" ? "without" : "with"} a refusal`);
    }
    if (!isEnabled || !(everyMs > 0)) continue;
    const [backoffBaseMs, backoffMaxMs] = [Number(row.base_ms ?? 0), Number(row.max_ms ?? 0)];
    const durations = [everyMs, jitterMs, backoffBaseMs, backoffMaxMs];
    if (!durations.every(isDuration)) {
      say(name, `its durations are ${durations.join(", ")} ms`);
      continue;
    }
    schedules.set(name, { everyMs, jitterMs });
    const policy = row.base_ms === null ? undefined : { backoffBaseMs, backoffMaxMs };
    terms.set(name, { policy, capMs: everyMs });
  }
  if (loads.size > 1) say("*", `its rows are of ${loads.size} starts`);
  return {
    ...readClock(db),
    loadedAt: loadedAtOf(loads),
    schedules,
    terms,
    entries: schedules.size,
  };
}

/** The longest one that a config allows is a third of this: a person may have written any number. */
const LONGEST_MS = 1e12;

function isDuration(ms: number): boolean {
  return ms >= 0 && ms <= LONGEST_MS;
}

function loadedAtOf(loads: ReadonlySet<string>): string | undefined {
  const [load] = loads;
  return loads.size === 1 ? load?.split(" ")[0] : undefined;
}

function readClock(db: DatabaseSync): Pick<Present, "cutoff" | "tickAt" | "lastTickAt"> {
  const tickAt = new Heartbeats(db).last()?.tickAt;
  if (tickAt === undefined || Number.isNaN(tickAt)) {
    return { cutoff: "", tickAt: undefined, lastTickAt: undefined };
  }
  const sql = `SELECT settings ->> '$.jobLogRetentionMs' AS ms FROM heartbeat
    WHERE json_valid(settings)`;
  const [row] = rowsOf(db, sql);
  const retentionMs = Number(row?.ms ?? NaN);
  const cutoff = Number.isNaN(retentionMs) ? "" : isoTime(tickAt - retentionMs);
  return { cutoff, tickAt, lastTickAt: isoTime(tickAt) };
}

/** Checks that each next run is one that the schedule could draw. */
export function checkPlans(db: DatabaseSync, present: Present, find: Find): void {
  for (const plan of new Plans(db).readAll().values()) {
    const wrong = plan.unreadable ?? findWrongDraw(plan, present) ?? findStale(plan, present);
    if (wrong !== undefined) find("schedule.draw", "schedule", `plugin ${plan.plugin}`, wrong);
  }
}

/** A plan drawn again after the clock was set back counts from a tick, not from the last run. */
function findWrongDraw(plan: Plan, { tickAt = -Infinity }: Present): string | undefined {
  const { lastRunAt, nextRunAt } = plan;
  const from = nextRun(plan, lastRunAt, () => 0);
  const to = nextRun(plan, Math.max(lastRunAt, tickAt), () => 1);
  if (nextRunAt >= from && nextRunAt <= to) return undefined;
  return `next_run_at is ${show(nextRunAt)}; expected ${show(from)} to ${show(to)}`;
}

/** A person may have written an interval that leads out of all time. */
function show(ms: number): string {
  return Math.abs(ms) <= LAST_MS ? isoTime(ms) : `${ms} ms`;
}

/** The last time that JavaScript knows, in milliseconds since the epoch. */
const LAST_MS = 8.64e15;

/** Whether the gateway would have drawn it again at its last tick. */
function findStale(plan: Plan, { tickAt, loadedAt, schedules }: Present): string | undefined {
  const schedule = schedules.get(plan.plugin);
  const loaded = parseIsoTime(loadedAt ?? "");
  if (schedule === undefined || tickAt === undefined || loaded === undefined) return undefined;
  if (tickAt < loaded) return undefined;
  const { because } = revise(plan, { name: plan.plugin, schedule }, tickAt, () => 0);
  if (because !== "schedule changed") return undefined;
  return `drawn for every ${plan.everyMs} ms, jitter ${plan.jitterMs} ms; ` +
    `the entry says ${schedule.everyMs} and ${schedule.jitterMs}`;
}
