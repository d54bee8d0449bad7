import type { Job } from "../core/job.ts";
import { busyEntries } from "../core/lanes.ts";
import { nextEnd } from "../core/pause.ts";
import type { Setup } from "../plugin/setup.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import { attemptJob, type AttemptParts } from "./attempt.ts";
import { contain } from "./fault.ts";
import { endLeftovers, type RetryParts } from "./leftovers.ts";
import { reportBreaker, reportClaim, reportLost, reportSettled } from "./report.ts";
import { settle, type Settled } from "./settle.ts";

/** What a dispatch works with. */
export interface DispatchParts extends AttemptParts, RetryParts {
  /** Holds each job from its claim to its end. */
  readonly running: Set<Job>;
  /** Called when a lane is free although not all of its job has ended. */
  readonly onFree?: (() => void) | undefined;
}

/** What running one job led to. */
export type Dispatched =
  | ({ readonly kind: "settled" } & Settled)
  /** The job was no longer running when its attempt ended, or it cannot be settled. */
  | { readonly kind: "lost"; readonly job: Job }
  /** It is queued again unchanged, because its plugin cannot be spawned now. */
  | { readonly kind: "put off"; readonly job: Job }
  /** Asked to stop. A job that was run but could not be settled is left to recovery. */
  | { readonly kind: "stopping" };

/** What a claim led to. */
export type Claimed =
  | { readonly kind: "job"; readonly job: Job }
  /** No job may start now. A wait or a pause ends at `until`, in milliseconds since the epoch, if one is queued. */
  | { readonly kind: "none"; readonly until?: number | undefined }
  | { readonly kind: "stopping" };

/** Claims the oldest job that is ready and finds a free lane. The caller has to run it. */
export async function claimNext(parts: DispatchParts, setup: Setup): Promise<Claimed> {
  const { store, now, log, stop, holds, running } = parts;
  if (stop.aborted) return { kind: "stopping" };
  const names = [...running].map(({ plugin }) => plugin);
  const busy = busyEntries(names, setup.plugins, setup.config.lanes);
  if (busy.all) return { kind: "none" };
  const claim = () => {
    const retryAt = store.waits.release(now());
    const until = earliest(retryAt, nextEnd(store.pauses.readAll(), now()));
    const job = store.jobs.claim(now(), [...busy.names, ...holds.plugins()]);
    if (job !== undefined) running.add(job); // at once: else a tick might take its row for an orphan's
    return { job, until };
  };
  const claimed = await retryStorage("claim", claim, log, stop);
  if (!claimed.ok) return { kind: "stopping" };
  const { job, until } = claimed.value;
  return job === undefined ? { kind: "none", until } : { kind: "job", job };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/**
 * Runs a claimed job and settles it. If it failed and is tried again, its lane is free then, and its plugin
 * is held back until nothing of the attempt is left.
 */
export async function runClaimed(
  parts: DispatchParts,
  setup: Setup,
  job: Job,
): Promise<Dispatched> {
  const { running, holds, stop, onFree } = parts;
  try {
    const dispatched = await runToEnd(parts, setup, job)
      .catch((fault) => failByFault(parts, setup, job, fault));
    if (dispatched.kind !== "settled" || dispatched.verdict.status !== "queued") return dispatched;
    const { attempt, verdict: { notBefore } } = dispatched;
    const isHeld = holds.plugins().includes(job.plugin);
    if (notBefore === undefined || isHeld || stop.aborted) return dispatched;
    using _kept = holds.keep(job);
    running.delete(job);
    onFree?.();
    await endLeftovers(parts, attempt, notBefore);
    return dispatched;
  } finally {
    running.delete(job);
  }
}

async function failByFault(
  parts: DispatchParts,
  setup: Setup,
  job: Job,
  fault: unknown,
): Promise<Dispatched> {
  const outcome = await contain(parts, setup, job, fault, parts.interrupt);
  if (outcome === "stopping") return { kind: "stopping" };
  return typeof outcome === "string" ? { kind: "lost", job } : { kind: "settled", ...outcome };
}

async function runToEnd(parts: DispatchParts, setup: Setup, job: Job): Promise<Dispatched> {
  const { log, interrupt, onCheckpoint } = parts;
  reportClaim(log, job);
  onCheckpoint?.("claimed");
  const attempt = await attemptJob(parts, setup, job);
  if (attempt === "put off") return await putBack(parts, job);
  onCheckpoint?.("answered");
  const settleIt = () => settle(parts, setup, attempt);
  const settled = await retryStorage("settle", settleIt, log, interrupt);
  if (!settled.ok) return { kind: "stopping" };
  if (settled.value === undefined) {
    reportLost(log, job);
    return { kind: "lost", job };
  }
  reportSettled(log, settled.value);
  reportBreaker(log, settled.value, setup);
  return { kind: "settled", ...settled.value };
}

async function putBack({ store, log, interrupt }: DispatchParts, job: Job): Promise<Dispatched> {
  const put = await retryStorage("put back", () => store.jobs.putBack(job), log, interrupt);
  if (!put.ok) return { kind: "stopping" };
  if (put.value) return { kind: "put off", job };
  reportLost(log, job);
  return { kind: "lost", job };
}
