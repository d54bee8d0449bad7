import { createBreather } from "../base/wait.ts";
import type { Wake } from "../base/wake.ts";
import type { Job } from "../core/job.ts";
import type { Claimed } from "./dispatch.ts";

/** What the dispatch loop consists of. */
export interface DispatchLoopParts {
  readonly claim: () => Promise<Claimed>;
  readonly run: (job: Job) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wake: Wake;
  /** Once aborted, nothing more is claimed. */
  readonly stop: AbortSignal;
  /** Hears at once what was thrown; other jobs may still run. */
  readonly onFault: (fault: unknown) => void;
}

/**
 * Runs jobs side by side until `stop` aborts or a claim throws, then waits for those that still run. Never
 * throws.
 */
export async function dispatchLoop({ run, onFault, ...parts }: DispatchLoopParts): Promise<void> {
  const lanes = new Set<Promise<void>>();
  const start = (job: Job) => {
    const lane: Promise<void> = run(job).then(() => {}, onFault).finally(() => {
      lanes.delete(lane);
      parts.wake.wake();
    });
    lanes.add(lane);
  };
  await claimAll(parts, start).catch(onFault);
  await Promise.all(lanes);
}

async function claimAll(
  { claim, now, wake, stop }: Omit<DispatchLoopParts, "run" | "onFault">,
  start: (job: Job) => void,
): Promise<void> {
  const breathe = createBreather(); // jobs of a plugin that is gone wait for nothing
  while (!stop.aborted) {
    const claimed = await claim();
    if (claimed.kind === "job") start(claimed.job);
    if (claimed.kind !== "none") {
      await breathe();
    } else {
      const { until } = claimed;
      await wake.sleep(stop, until === undefined ? undefined : Math.max(0, until - now()));
    }
  }
}
