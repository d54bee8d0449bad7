import type { PollFacts, Ticks } from "../core/forecast.ts";
import type { Health } from "../core/breaker.ts";
import { isEndless, type Pause } from "../core/pause.ts";
import type { Plan } from "../core/schedule.ts";
import { PLAN_COLUMNS, toPlan } from "../store/plans.ts";
import type { EntryFacts } from "./entries.ts";
import type { GatewayFacts, Life } from "./gateway.ts";
import type { Reader } from "./reader.ts";

const PLANS = `SELECT ${PLAN_COLUMNS} FROM schedule`;

/** Every stored plan, by the name of its entry. */
export function readPlans(reader: Reader): ReadonlyMap<string, Plan> {
  return new Map(reader.rows(PLANS).map(toPlan).map((plan) => [plan.plugin, plan]));
}

/** The gateway, if it told of itself, and whether it runs. */
interface Seen {
  readonly gateway: GatewayFacts | undefined;
  readonly life: Life;
}

const DEFAULT_INTERVAL_MS = 60_000;

/** The ticks of the gateway that runs; without one, those of a gateway that starts at `now`. */
export function ticksOf({ gateway, life }: Seen, now: number): Ticks {
  const intervalMs = intervalOf(gateway);
  const tickAt = life === "running" ? gateway?.tickAt ?? NaN : NaN;
  return { tickAt: Number.isFinite(tickAt) ? tickAt : now, intervalMs };
}

function intervalOf(gateway: GatewayFacts | undefined): number {
  const intervalMs = gateway?.service?.tickIntervalMs ?? 0;
  return intervalMs >= 1 ? intervalMs : DEFAULT_INTERVAL_MS;
}

/** When the next tick is due: after the last one, and not before `now`. */
export function firstTickAt(ticks: Ticks, { life }: Pick<Seen, "life">, now: number): number {
  return life === "running" ? Math.max(ticks.tickAt + ticks.intervalMs, now) : now;
}

/**
 * What decides when an entry is polled; `undefined` if it does not run, if only `resume` ends its pause, or
 * if its schedule is unreadable.
 */
export function pollFactsOf(
  { entry, health, pause, retryAt }: {
    readonly entry: EntryFacts;
    readonly health: Health;
    readonly pause: Pause | undefined;
    readonly retryAt: number | undefined;
  },
  plan: Plan | undefined,
): PollFacts | undefined {
  const { name, status, schedule, settings } = entry;
  if (status !== "enabled" || schedule === undefined || isEndless(pause)) return undefined;
  const circuitBreaker = settings?.circuitBreaker;
  return { name, schedule, plan, health, circuitBreaker, pause, liveUntil: retryAt };
}
