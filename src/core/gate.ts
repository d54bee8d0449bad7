import { breakerAt, type BreakerPolicy, type Health } from "./breaker.ts";
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
  /** Whether a job of it is queued or running. */
  readonly hasLiveJob: () => boolean;
}

/** Whether an entry is polled now, or the first reason against it. */
export type RunDecision =
  | { readonly run: true }
  | {
    readonly run: false;
    readonly because: "not due" | "breaker open" | "live job";
    /** When that ends, in milliseconds since the epoch, if time alone ends it. */
    readonly until?: number | undefined;
  };

/**
 * Decides at a tick whether a poll of an entry is queued: for the scheduler, `why` and `next`. Times in
 * milliseconds since the epoch.
 *
 * @param now the real time: in a late tick, a failure after the tick's own time is not one of the future.
 */
export function decideRun(
  { plan, toleranceMs, health, circuitBreaker, hasLiveJob }: RunFacts,
  tickAt: number,
  now = tickAt,
): RunDecision {
  if (!isDue(plan, tickAt, toleranceMs)) {
    return { run: false, because: "not due", until: plan?.nextRunAt };
  }
  const breaker = breakerAt(health, circuitBreaker, now);
  if (breaker.state === "open") {
    return { run: false, because: "breaker open", until: breaker.until };
  }
  return hasLiveJob() ? { run: false, because: "live job" } : { run: true };
}
