import type { Attempt } from "../core/attempt.ts";
import type { Verdict } from "../core/conclude.ts";
import type { Job } from "../core/job.ts";
import type { Setup } from "../plugin/setup.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import { attemptJob, type AttemptParts } from "./attempt.ts";
import { contain } from "./fault.ts";
import { reportClaim, reportLost, reportSettled } from "./report.ts";
import { settle } from "./settle.ts";

/** What a dispatch works with. */
export interface DispatchParts extends AttemptParts {
  /** Holds each job from its claim to its end. */
  readonly running: Set<Job>;
}

/** The result of one step of the dispatcher. */
export type Dispatched =
  | { readonly kind: "settled"; readonly attempt: Attempt; readonly verdict: Verdict }
  /** The job was no longer running when its attempt ended, or it cannot be settled. */
  | { readonly kind: "lost"; readonly job: Job }
  /** It is queued again unchanged, since its plugin cannot be spawned just now. */
  | { readonly kind: "put off"; readonly job: Job }
  /** Nothing is queued. */
  | { readonly kind: "idle" }
  /** Asked to stop. A job that was run but could not be settled is left to recovery. */
  | { readonly kind: "stopping" };

/** Claims the oldest job, runs it and settles it. The loop around this step belongs to the caller. */
export async function dispatchNext(parts: DispatchParts, setup: Setup): Promise<Dispatched> {
  const { store, now, log, stop, holds, running } = parts;
  if (stop.aborted) return { kind: "stopping" };
  const claimed = await retryStorage(
    "claim",
    () => store.jobs.claim(now(), holds.plugins()),
    log,
    stop,
  );
  if (!claimed.ok) return { kind: "stopping" };
  const job = claimed.value;
  if (job === undefined) return { kind: "idle" };
  running.add(job);
  try {
    return await runClaimed(parts, setup, job).catch((fault) => failByFault(parts, job, fault));
  } finally {
    running.delete(job);
  }
}

async function failByFault(parts: DispatchParts, job: Job, fault: unknown): Promise<Dispatched> {
  const outcome = await contain(parts, job, fault, parts.interrupt);
  if (outcome === "stopping") return { kind: "stopping" };
  return typeof outcome === "string" ? { kind: "lost", job } : { kind: "settled", ...outcome };
}

async function runClaimed(parts: DispatchParts, setup: Setup, job: Job): Promise<Dispatched> {
  const { log, interrupt, onCheckpoint } = parts;
  reportClaim(log, job);
  onCheckpoint?.("claimed");
  const attempt = await attemptJob(parts, setup, job);
  if (attempt === "put off") return await putBack(parts, job);
  onCheckpoint?.("answered");
  const settled = await retryStorage("settle", () => settle(parts, attempt), log, interrupt);
  if (!settled.ok) return { kind: "stopping" };
  if (settled.value === undefined) {
    reportLost(log, job);
    return { kind: "lost", job };
  }
  reportSettled(log, settled.value);
  return { kind: "settled", ...settled.value };
}

async function putBack({ store, log, interrupt }: DispatchParts, job: Job): Promise<Dispatched> {
  const put = await retryStorage("put back", () => store.jobs.putBack(job), log, interrupt);
  if (!put.ok) return { kind: "stopping" };
  if (put.value) return { kind: "put off", job };
  reportLost(log, job);
  return { kind: "lost", job };
}
