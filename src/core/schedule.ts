/** How often a plugin runs. Times in milliseconds. */
export interface Schedule {
  readonly everyMs: number;
  /** Width of the random spread around `everyMs`; at most that. */
  readonly jitterMs: number;
}

/** When a plugin ran last and runs next, with the schedule from which this was drawn. */
export interface Plan extends Schedule {
  readonly plugin: string;
  /** Milliseconds since the epoch, like `lastRunAt`. */
  readonly nextRunAt: number;
  readonly lastRunAt: number;
  /** Why the row, written by a person, cannot be read; each field that cannot be is NaN. */
  readonly unreadable?: string | undefined;
}

/** A plugin's name and schedule. */
export interface Scheduled {
  readonly name: string;
  readonly schedule: Schedule;
}

/** Draws the plan of a plugin whose next run counts from `from`. */
export function drawPlan(
  { name, schedule: { everyMs, jitterMs } }: Scheduled,
  from: number,
  lastRunAt: number,
  random: () => number,
): Plan {
  const nextRunAt = nextRun({ everyMs, jitterMs }, from, random);
  return { plugin: name, nextRunAt, lastRunAt, everyMs, jitterMs };
}

/**
 * The next run after one at `from`: `from + every + uniform(-jitter/2, +jitter/2)`, in whole
 * milliseconds. Source: docs/decisions.md, "The schedule".
 *
 * @param random uniform in [0, 1).
 */
export function nextRun(
  { everyMs, jitterMs }: Schedule,
  from: number,
  random: () => number,
): number {
  return Math.round(from + everyMs + (random() - 0.5) * jitterMs);
}

/** A plan after its revision, and what changed it. */
export interface Revision {
  readonly plan: Plan;
  readonly because?: "schedule changed" | "clock moved back" | "unreadable";
}

/**
 * Draws a stored plan again if the config or the wall clock has made it stale; otherwise returns
 * the same object. A changed schedule counts from the last run. A next run further off than any
 * draw from `tickAt` means that the clock moved back, and counts from `tickAt`. So does a plan that
 * cannot be read. Source: docs/decisions.md, "A moved clock".
 */
export function revise(
  stored: Plan,
  plugin: Scheduled,
  tickAt: number,
  random: () => number,
): Revision {
  const { everyMs, jitterMs } = plugin.schedule;
  if (stored.unreadable !== undefined) {
    return { plan: drawPlan(plugin, tickAt, tickAt, random), because: "unreadable" };
  }
  const isChanged = stored.everyMs !== everyMs || stored.jitterMs !== jitterMs;
  const plan = isChanged ? drawPlan(plugin, stored.lastRunAt, stored.lastRunAt, random) : stored;
  if (plan.nextRunAt - tickAt > everyMs + jitterMs / 2) {
    const lastRunAt = Math.min(plan.lastRunAt, tickAt);
    return { plan: drawPlan(plugin, tickAt, lastRunAt, random), because: "clock moved back" };
  }
  return isChanged ? { plan, because: "schedule changed" } : { plan };
}

/** Whether a plugin is due at a tick; one without a plan is. */
export function isDue(plan: Plan | undefined, tickAt: number, toleranceMs: number): boolean {
  return plan === undefined || tickAt >= plan.nextRunAt - toleranceMs;
}

/** How early a tick may find a plugin due, so that a slewed clock never costs a whole tick. */
export function dueToleranceMs(tickIntervalMs: number): number {
  return Math.min(1_000, tickIntervalMs / 100);
}
