import type { Job } from "../core/job.ts";
import { findLeft, lookAfter, recover, type RecoveryParts } from "../dispatcher/recovery.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";

/** What the care for jobs and plugins works with. */
export interface CareParts extends RecoveryParts {
  /** Gives a sign of life. */
  readonly beat: (tickAt: number) => void;
  readonly onFault: (fault: unknown) => void;
  /** Called when a plugin may no longer be held back. */
  readonly onEnd: () => void;
}

/** Recovery beside the loops: it keeps neither ticks nor the jobs of other plugins waiting. */
export interface Care {
  /** Gives a sign of life, unless recovery still goes by that of the gateway that crashed. */
  beat(tickAt: number): void;
  /** Looks after what holds plugins back, unless it still does. See {@link lookAfter}. */
  lookAfter(own: ReadonlySet<Job>): void;
  /** Settles when nothing of it runs. */
  done(): Promise<void>;
}

/**
 * Finds what a crash left, holds its plugins back, and starts to recover.
 *
 * @returns `undefined` if the gateway is stopping.
 */
export async function startCare(parts: CareParts): Promise<Care | undefined> {
  const { beat, now, log, stop, onFault, onEnd } = parts;
  const left = await findLeft(parts);
  if (left === undefined || stop.aborted) return undefined;
  let hasRecovered = false;
  let running: Promise<void> | undefined;

  function run(step: () => Promise<void>): void {
    running ??= step().catch(onFault).finally(() => {
      running = undefined;
      onEnd();
    });
  }

  run(async () => {
    await recover(parts, left);
    hasRecovered = !stop.aborted;
    if (hasRecovered) await retryStorage("sign of life", () => beat(now()), log, stop);
  });
  return {
    beat(tickAt) {
      if (hasRecovered) beat(tickAt);
    },
    lookAfter: (own) => run(() => lookAfter(parts, own)),
    done: () => running ?? Promise.resolve(),
  };
}
