import type { Breaker } from "./breaker.ts";
import { isDue, type Plan } from "./schedule.ts";

/** What decides whether an entry is polled now. */
export interface RunFacts {
  /** `undefined` if the entry has never run. */
  readonly plan: Plan | undefined;
  /** How early it may be due, in milliseconds. */
  readonly toleranceMs: number;
  readonly breaker: Breaker;
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

/** Decides at a tick whether a poll of an entry is queued. */
export function decideRun(
  { plan, toleranceMs, breaker, hasLiveJob }: RunFacts,
  tickAt: number,
): RunDecision {
  if (!isDue(plan, tickAt, toleranceMs)) {
    return { run: false, because: "not due", until: plan?.nextRunAt };
  }
  if (breaker.state === "open") {
    return { run: false, because: "breaker open", until: breaker.until };
  }
  return hasLiveJob() ? { run: false, because: "live job" } : { run: true };
}
