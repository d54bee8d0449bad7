import type { Attempt } from "./attempt.ts";

/** When a failed job is tried again. Times in milliseconds. */
export interface RetryPolicy {
  /** The wait after the first failed attempt; it doubles with each further one. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/** By how much a wait differs at most from its nominal length, so that jobs do not return together. */
const SPREAD = 0.1;

/** What happens to a job after an attempt. */
export type Verdict =
  | { readonly status: "succeeded" | "failed" | "dead" }
  /** Another attempt follows. */
  | {
    readonly status: "queued";
    readonly nextAttempt: number;
    /** When it may start, in milliseconds since the epoch; `undefined` for at once. */
    readonly notBefore?: number | undefined;
  };

/** What decides about another attempt, besides how the last one ended. */
export interface RetryTerms {
  /** `undefined` if a failed job is not retried. */
  readonly policy: RetryPolicy | undefined;
  /** The longest wait: the interval of a poll, which a retry must not outlast. */
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * What an attempt means for its job. Another one follows if this one was interrupted, or if it failed and
 * the entry asks for retries, as long as the job has one left. Source: docs/decisions.md, "At least once"
 * and "Retry".
 */
export function conclude(
  { ending, job, endedAt }: Pick<Attempt, "ending" | "endedAt"> & {
    readonly job: Pick<Attempt["job"], "attempt" | "maxAttempts">;
  },
  { policy, capMs, random }: RetryTerms,
): Verdict {
  if (ending.ok) return { status: "succeeded" };
  const isInterrupted = ending.reason === "interrupted";
  const hasAttempt = job.attempt < job.maxAttempts;
  const nextAttempt = job.attempt + 1;
  if (isInterrupted) {
    return hasAttempt ? { status: "queued", nextAttempt } : { status: "dead" };
  }
  const isRetried = policy !== undefined && !ending.isFinal && ending.answer?.retry !== false;
  if (!isRetried || !hasAttempt) return { status: "failed" };
  const waitMs = retryWaitMs(policy, job.attempt, capMs, random);
  return { status: "queued", nextAttempt, notBefore: endedAt + waitMs };
}

/**
 * The wait after failed attempt `attempt`, in whole milliseconds:
 * `min(backoff_base * 2^(attempt - 1), backoff_max) ± 10 %`, and never more than `capMs`. Source:
 * docs/decisions.md, "Retry".
 *
 * @param attempt counts from 1.
 * @param random uniform in [0, 1).
 */
export function retryWaitMs(
  { backoffBaseMs, backoffMaxMs }: RetryPolicy,
  attempt: number,
  capMs: number,
  random: () => number,
): number {
  const nominalMs = Math.min(backoffBaseMs * 2 ** (attempt - 1), backoffMaxMs);
  return Math.round(Math.min(nominalMs * (1 + SPREAD * (2 * random() - 1)), capMs));
}
