import type { Job } from "../../src/core/job.ts";
import type { Attempt } from "../../src/core/attempt.ts";
import {
  claimNext,
  type Dispatched,
  type DispatchParts,
  runClaimed,
} from "../../src/dispatcher/dispatch.ts";
import { dispatchLoop, type DispatchLoopParts } from "../../src/dispatcher/dispatch_loop.ts";
import { settle, type Settled, type SettleParts } from "../../src/dispatcher/settle.ts";
import { findLeft, recover, type RecoveryParts } from "../../src/dispatcher/recovery.ts";
import type { Setup } from "../../src/plugin/setup.ts";
import { createWake } from "../../src/base/wake.ts";
import { setupOf } from "./setup.ts";

/** One step of a dispatcher with one lane: claims a job, runs it and settles it. */
export async function dispatchNext(
  parts: DispatchParts,
  setup: Setup,
): Promise<Dispatched | { readonly kind: "idle" }> {
  const claimed = await claimNext(parts, setup);
  if (claimed.kind === "none") return { kind: "idle" };
  return claimed.kind === "job" ? await runClaimed(parts, setup, claimed.job) : claimed;
}

/** Settles an attempt of a plugin that the config does not name, so that it is not retried. */
export function settleJob(parts: SettleParts, attempt: Attempt): Settled | undefined {
  return settle(parts, setupOf(), attempt);
}

/** Runs the dispatch loop, and rejects with the first thing that is thrown in it. */
export async function runLoop(
  { hear = () => {}, ...parts }:
    & Partial<DispatchLoopParts>
    & Pick<DispatchLoopParts, "claim" | "stop">
    & { hear?: (fault: unknown) => void },
): Promise<void> {
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => {
    faults.push(fault);
    hear(fault);
  };
  const run = (_job: Job) => Promise.resolve();
  await dispatchLoop({ run, now: Date.now, wake: createWake(), ...parts, onFault });
  if (faults.length > 0) throw faults[0];
}

/** Recovers from a crash, with nothing else running. */
export async function recoverOrphans(parts: RecoveryParts): Promise<void> {
  const left = await findLeft(parts);
  if (left !== undefined) await recover(parts, left);
}
