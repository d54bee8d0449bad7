/** How the jobs of an entry ended lately, for one command. Times in milliseconds since the epoch. */
export interface Health {
  /** Failed and dead jobs in a row; attempts that are tried again do not count. */
  readonly failures: number;
  /** The end of the first of them. */
  readonly failingSince: number | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastFailureAt: number | undefined;
}

/** The health of an entry of which no job has ended yet. */
export const UNTRIED: Health = {
  failures: 0,
  failingSince: undefined,
  lastSuccessAt: undefined,
  lastFailureAt: undefined,
};

/** The health after a job has ended for good at `endedAt`. */
export function afterJob(health: Health, hasSucceeded: boolean, endedAt: number): Health {
  return hasSucceeded
    ? { ...health, failures: 0, failingSince: undefined, lastSuccessAt: endedAt }
    : {
      ...health,
      failures: health.failures + 1,
      failingSince: health.failures === 0 ? endedAt : health.failingSince,
      lastFailureAt: endedAt,
    };
}

/** When polls of an entry stop. */
export interface BreakerPolicy {
  /** Failures in a row that open the breaker. */
  readonly threshold: number;
  /** How long it stays open before one poll tries, in milliseconds. */
  readonly resetAfterMs: number;
}

/** What a circuit breaker lets through: everything, nothing until a time, or one job. */
export type Breaker =
  | { readonly state: "closed" }
  | { readonly state: "open"; readonly until: number }
  | { readonly state: "half-open" };

/**
 * The state of a circuit breaker at `now`. Nothing of it is stored, so a changed policy counts at once. A
 * last failure in the future means that the clock was set back: then one job may try. Source:
 * docs/decisions.md, "The circuit breaker".
 */
export function breakerAt(
  { failures, lastFailureAt = -Infinity }: Health,
  policy: BreakerPolicy | undefined,
  now: number,
): Breaker {
  if (policy === undefined || failures < policy.threshold) return { state: "closed" };
  const until = lastFailureAt + policy.resetAfterMs;
  return now < until && now >= lastFailureAt ? { state: "open", until } : { state: "half-open" };
}
