import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Log } from "../log/log.ts";
import type { ScheduleEntry } from "../store/plans.ts";
import type { Store } from "../store/store.ts";

/** What the scheduler has to know of a plugin. Times are in milliseconds. */
export interface ScheduledPlugin {
  readonly name: string;
  readonly everyMs: number;
  readonly jitterMs: number;
  readonly maxAttempts: number;
}

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly store: Store;
  readonly plugins: readonly ScheduledPlugin[];
  readonly tickIntervalMs: number;
  readonly retentionMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/** Plugins that are enqueued in one transaction: few enough for a tick never to block for long. */
const BATCH = 200;

/** Decides what is due and enqueues it. */
export type Scheduler = ReturnType<typeof createScheduler>;

/** Makes a scheduler; it reads the stored schedule once and keeps it in step from then on. */
export function createScheduler(parts: SchedulerParts) {
  const { store, plugins, random, log } = parts;
  const toleranceMs = dueToleranceMs(parts.tickIntervalMs);
  const entries = store.schedule.readAll();

  /**
   * One tick: enqueues a poll job for each plugin that is due.
   *
   * @param tickAt the nominal time of the tick.
   * @returns the ids of the jobs that were enqueued.
   */
  function tick(tickAt: number): readonly string[] {
    const due = plugins.filter((plugin) => {
      const entry = revise(plugin, tickAt);
      return entry === undefined || tickAt >= entry.nextRunAt - toleranceMs;
    });
    const ids: string[] = [];
    for (let from = 0; from < due.length; from += BATCH) {
      ids.push(...enqueue(due.slice(from, from + BATCH), tickAt));
    }
    log.debug("Tick", {
      tick_at: new Date(tickAt).toISOString(),
      due: due.length,
      enqueued: ids.length,
    });
    return ids;
  }

  /** The stored entry, drawn anew where the config or the wall clock has left it behind. */
  function revise(plugin: ScheduledPlugin, tickAt: number): ScheduleEntry | undefined {
    const stored = entries.get(plugin.name);
    if (stored === undefined) return undefined;
    let entry = stored;
    if (entry.everyMs !== plugin.everyMs || entry.jitterMs !== plugin.jitterMs) {
      entry = draw(plugin, entry.lastRunAt, entry.lastRunAt);
    }
    if (entry.nextRunAt - tickAt > plugin.everyMs + plugin.jitterMs / 2) {
      log.warn("Clock was moved back, next run drawn anew", {
        plugin: plugin.name,
        former_next_run_at: new Date(entry.nextRunAt).toISOString(),
      });
      entry = draw(plugin, tickAt, Math.min(entry.lastRunAt, tickAt));
    }
    if (entry !== stored) {
      store.schedule.write(entry);
      entries.set(plugin.name, entry);
    }
    return entry;
  }

  /** A job and its next run are stored together, so a crash can neither lose nor double a run. */
  function enqueue(due: readonly ScheduledPlugin[], tickAt: number): readonly string[] {
    const enqueued = store.transaction(() =>
      due.filter(isFree).map((plugin) => {
        const entry = draw(plugin, tickAt, tickAt);
        store.schedule.write(entry);
        const jobId = store.jobs.enqueue({
          plugin: plugin.name,
          command: "poll",
          maxAttempts: plugin.maxAttempts,
          submittedBy: "scheduler",
          now: tickAt,
        });
        return { entry, jobId };
      })
    );
    if (enqueued.length > 0) parts.onCheckpoint?.("enqueued");
    for (const { entry, jobId } of enqueued) {
      entries.set(entry.plugin, entry);
      log.info("Job enqueued", {
        plugin: entry.plugin,
        job_id: jobId,
        next_run_at: new Date(entry.nextRunAt).toISOString(),
      });
    }
    return enqueued.map(({ jobId }) => jobId);
  }

  function isFree({ name }: ScheduledPlugin): boolean {
    if (!store.jobs.hasLiveJob(name)) return true;
    log.debug("Plugin is due but its last job has not ended", { plugin: name });
    return false;
  }

  function draw(plugin: ScheduledPlugin, from: number, lastRunAt: number): ScheduleEntry {
    const { name, everyMs, jitterMs } = plugin;
    return {
      plugin: name,
      nextRunAt: drawNextRun(from, everyMs, jitterMs, random),
      lastRunAt,
      everyMs,
      jitterMs,
    };
  }

  /** When each plugin runs next; `undefined` for one that is due at the first tick. */
  function nextRuns(): ReadonlyMap<string, number | undefined> {
    return new Map(plugins.map(({ name }) => [name, entries.get(name)?.nextRunAt]));
  }

  /**
   * Deletes one batch of history that is past its retention at `now`.
   *
   * @returns whether there may be more to delete.
   */
  function prune(now: number): boolean {
    const { deleted, more } = store.transaction(() => store.jobs.prune(now - parts.retentionMs));
    if (deleted > 0) log.debug("History pruned", { rows: deleted });
    return more;
  }

  return { tick, prune, nextRuns };
}

/**
 * The next run after one at `from`: `from + every + uniform(-jitter/2, +jitter/2)`, in whole
 * milliseconds. Source: SPEC.md section 4.2, as design.md section 4 (Schedule) settles it.
 */
export function drawNextRun(
  from: number,
  everyMs: number,
  jitterMs: number,
  random: () => number,
): number {
  return Math.round(from + everyMs + (random() - 0.5) * jitterMs);
}

/** How early a tick may find a plugin due, so that a slewed clock never costs a whole tick. */
export function dueToleranceMs(tickIntervalMs: number): number {
  return Math.min(1_000, tickIntervalMs / 100);
}
