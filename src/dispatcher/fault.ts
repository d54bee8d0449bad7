import { describeFault } from "../base/error_message.ts";
import { unseenAttempt } from "../core/attempt.ts";
import type { Ending } from "../core/ending.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import type { Setup } from "../plugin/setup.ts";
import { isDamage } from "../sqlite/storage_error.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import { reportBreaker, reportFault } from "./report.ts";
import { settle, type Settled, type SettleParts } from "./settle.ts";

/** What failing a job needs. */
export interface FaultParts extends SettleParts {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** What became of a job that met a fault of the gateway. */
export type Contained = Settled | "ended before" | "not settled" | "stopping";

/**
 * Fails a job that met a fault of the gateway, whatever the fault is, so that it costs that job and no
 * other. Source: docs/decisions.md, "A fault costs one job".
 *
 * @param until ends the wait for storage.
 * @throws if the database is damaged: then nothing can continue.
 */
export async function contain(
  parts: FaultParts,
  setup: Setup,
  job: Job,
  fault: unknown,
  until: AbortSignal,
): Promise<Contained> {
  if (isDamage(fault)) throw fault;
  const { now, log } = parts;
  const error = setup.redact(describeFault(fault).error, true);
  const ending: Ending = { ok: false, reason: "internal", error };
  const attempt = unseenAttempt(job, ending, now());
  try {
    const settled = await retryStorage("settle", () => settle(parts, setup, attempt), log, until);
    if (!settled.ok) return "stopping";
    const { value } = settled;
    say(() => {
      reportFault(log, job, fault, value === undefined ? "ended before" : "failed");
      if (value !== undefined) reportBreaker(log, value, setup);
    });
    return value ?? "ended before";
  } catch (error) {
    if (isDamage(error)) throw error;
    say(() => reportFault(log, job, error, "not settled"));
    return "not settled";
  }
}

/** If the log itself fails, there is nowhere else to say so, and the jobs must go on. */
function say(report: () => void): void {
  try {
    report();
  } catch {
    // As above.
  }
}
