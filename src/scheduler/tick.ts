import type { OnCheckpoint } from "../base/checkpoint.ts";
import { isoTime } from "../base/iso_time.ts";
import { UNTRIED } from "../core/breaker.ts";
import { decideRun } from "../core/gate.ts";
import { type Pause, pauseOf } from "../core/pause.ts";
import {
  drawPlan,
  dueToleranceMs,
  isDue,
  type Plan,
  revise,
  type Revision,
} from "../core/schedule.ts";
import type { Log } from "../log/log.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import type { Store } from "../store/store.ts";

/** What a tick needs. */
export interface TickParts {
  readonly store: Store;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Milliseconds since the epoch; the time of the tick if left out. A tick may be late. */
  readonly now?: (() => number) | undefined;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/** Rows per transaction: few enough that a tick never blocks for long. */
const BATCH = 200;

/**
 * One tick: enqueues a poll job for each plugin that is due.
 *
 * @param tickAt the nominal time of the tick, in milliseconds since the epoch.
 * @returns the ids of the enqueued jobs.
 */
export function tick(parts: TickParts, setup: Setup, tickAt: number): readonly string[] {
  const toleranceMs = dueToleranceMs(setup.config.service.tickIntervalMs);
  const plans = revisePlans(parts, setup, tickAt);
  const due = [...setup.plugins.values()]
    .map((plugin) => ({ plugin, plan: plans.get(plugin.name), toleranceMs }))
    .filter(({ plan }) => isDue(plan, tickAt, toleranceMs));
  const ids = inBatches(due).flatMap((batch) => enqueue(parts, batch, tickAt));
  parts.log.debug("Tick", {
    tick_at: isoTime(tickAt),
    due: due.length,
    enqueued: ids.length,
  });
  return ids;
}

/** The stored plans, drawn again if they no longer fit the config or the wall clock. */
function revisePlans(
  { store, random, log }: TickParts,
  { plugins }: Setup,
  tickAt: number,
): ReadonlyMap<string, Plan> {
  const stored = store.plans.readAll();
  const changes = [...plugins.values()].flatMap((plugin) => {
    const former = stored.get(plugin.name);
    if (former === undefined) return [];
    const revision = revise(former, plugin, tickAt, random);
    return revision.plan === former ? [] : [{ former, ...revision }];
  });
  if (changes.length === 0) return stored;
  for (const batch of inBatches(changes)) {
    store.transaction(() => batch.forEach(({ plan }) => store.plans.write(plan)));
  }
  for (const { former, ...revision } of changes) reportRevision(log, former, revision);
  return store.plans.readAll();
}

/** A schedule changed in the config is no surprise, so it is not reported. */
function reportRevision(log: Log, former: Plan, { plan, because }: Revision): void {
  const { plugin } = plan;
  if (because === "clock moved back") {
    log.warn("Clock moved back, next run rescheduled", {
      plugin,
      former_next_run_at: isoTime(former.nextRunAt),
    });
  } else if (because === "unreadable") {
    log.warn("Schedule row cannot be read, next run rescheduled", {
      plugin,
      error: former.unreadable,
      next_run_at: isoTime(plan.nextRunAt),
    });
  }
}

/** A plugin that is due. */
interface Due {
  readonly plugin: PluginSpec;
  readonly plan: Plan | undefined;
  readonly toleranceMs: number;
}

/** Stores a job and its next run together, so a crash can neither lose nor double a run. */
function enqueue(parts: TickParts, due: readonly Due[], tickAt: number): readonly string[] {
  const { store, random, log } = parts;
  const enqueued = store.transaction(() => {
    const pauses = store.pauses.readAll();
    const mayRunNow = (each: Due) =>
      mayRun(parts, each, pauseOf(pauses, each.plugin.name, tickAt), tickAt);
    return due.filter(mayRunNow).map(({ plugin, plan: former }) => {
      const plan = drawPlan(plugin, tickAt, tickAt, random);
      store.plans.write(plan);
      const jobId = store.jobs.enqueue({
        plugin: plugin.name,
        command: "poll",
        maxAttempts: plugin.maxAttempts,
        submittedBy: "scheduler",
        dueAt: former?.nextRunAt ?? tickAt,
        now: tickAt,
      });
      return { plan, jobId };
    });
  });
  if (enqueued.length > 0) parts.onCheckpoint?.("enqueued");
  for (const { plan, jobId } of enqueued) {
    log.info("Job enqueued", {
      plugin: plan.plugin,
      job_id: jobId,
      next_run_at: isoTime(plan.nextRunAt),
    });
  }
  return enqueued.map(({ jobId }) => jobId);
}

function mayRun(
  { store, log, now }: TickParts,
  { plugin: { name, circuitBreaker }, plan, toleranceMs }: Due,
  pause: Pause | undefined,
  tickAt: number,
): boolean {
  const health = circuitBreaker === undefined ? UNTRIED : store.healths.read(name, "poll");
  const hasLiveJob = () => store.jobs.hasLiveJob(name);
  const facts = { plan, toleranceMs, health, circuitBreaker, pause, hasLiveJob };
  const decision = decideRun(facts, tickAt, now?.());
  if (decision.run) return true;
  if (decision.because === "live job") {
    log.debug("Plugin is due, but its previous job has not finished", { plugin: name });
  } else if (decision.because === "paused") {
    log.debug("Plugin is due, but paused", { plugin: name });
  } else if (decision.because === "breaker open") {
    const next_try_at = isoTime(decision.until ?? tickAt);
    log.debug("Plugin is due, but its circuit breaker is open", { plugin: name, next_try_at });
  }
  return false;
}

function inBatches<T>(items: readonly T[]): readonly T[][] {
  return Array.from(
    { length: Math.ceil(items.length / BATCH) },
    (_, n) => items.slice(n * BATCH, (n + 1) * BATCH),
  );
}
