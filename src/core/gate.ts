import { breakerAt, type BreakerPolicy, type Health } from "./breaker.ts";
import { isOn, type Pause } from "./pause.ts";
import { isDue, type Plan } from "./schedule.ts";

/** What decides whether an entry is polled now. */
export interface RunFacts {
  /** `undefined` if the entry has never run. */
  readonly plan: Plan | undefined;
  /** How early it may be due, in milliseconds. */
  readonly toleranceMs: number;
  /** Of its polls; counts only with a circuit breaker. */
  readonly health: Health;
  readonly circuitBreaker: BreakerPolicy | undefined;
  /** What holds the entry back, if it is paused. */
  readonly pause?: Pause | undefined;
  /** Whether a job of it is queued or running. */
  readonly hasLiveJob: () => boolean;
}

/** Whether an entry is polled now, or the first reason against it. */
export type RunDecision =
  | { readonly run: true }
  | {
    readonly run: false;
    readonly because: "not due" | "paused" | "breaker open" | "live job";
    /** When that ends, in milliseconds since the epoch, if time alone ends it. */
    readonly until?: number | undefined;
  };

/**
 * Decides at a tick whether a poll of an entry is queued: for the scheduler, `why` and `next`. Times in
 * milliseconds since the epoch. A pause comes before the breaker: no job tries.
 *
 * @param now the real time: in a late tick, a failure after the tick's own time is not one of the future.
 */
export function decideRun(
  { plan, toleranceMs, health, circuitBreaker, pause, hasLiveJob }: RunFacts,
  tickAt: number,
  now = tickAt,
): RunDecision {
  if (!isDue(plan, tickAt, toleranceMs)) {
    return { run: false, because: "not due", until: plan?.nextRunAt };
  }
  if (pause !== undefined && isOn(pause, now)) {
    return { run: false, because: "paused", until: pause.until };
  }
  const breaker = breakerAt(health, circuitBreaker, now);
  if (breaker.state === "open") {
    return { run: false, because: "breaker open", until: breaker.until };
  }
  return hasLiveJob() ? { run: false, because: "live job" } : { run: true };
}
