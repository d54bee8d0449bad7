import { wait } from "../base/wait.ts";
import type { Attempt } from "../core/attempt.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { JOB_ID } from "../plugin/environment.ts";
import type { Owner } from "../process/belonging.ts";
import { listProcesses } from "../process/listing.ts";
import { sweep, type Swept } from "../process/sweep.ts";
import { isDamage } from "../sqlite/storage_error.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Heartbeat } from "../store/heartbeats.ts";
import type { Store } from "../store/store.ts";
import type { Holds } from "./holds.ts";
import { reportFault, reportLeftoversEnded } from "./report.ts";

/** How long leftovers may take to end, in milliseconds: as long as at a deadline. */
const GRACE_MS = 5_000;

/** What ending leftovers needs; tests pass `endAll`, so that they need no processes. */
export interface LeftoverParts {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Ends every wait; the next start sees to the rest. */
  readonly stop: AbortSignal;
  readonly holds: Holds;
  readonly endAll?: typeof endAllOf;
}

/** What ending the leftovers of a failed attempt needs. */
export interface RetryParts extends Omit<LeftoverParts, "endAll"> {
  readonly endTogether: EndTogether;
}

/** How long at most the failed attempts of other jobs are waited for, to list the processes once. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * Ends what a failed attempt has left, before its job is tried again. Whatever cannot be ended holds the
 * plugin back. The caller holds the plugin back meanwhile.
 *
 * @param notBefore when the next attempt is due, in milliseconds since the epoch.
 * @throws if the database is damaged.
 */
export async function endLeftovers(
  parts: RetryParts,
  { job: failed, endedAt }: Attempt,
  notBefore: number,
): Promise<void> {
  const { store, now, log, stop, endTogether } = parts;
  try {
    const find = () => ({ job: store.jobs.again(failed), life: store.heartbeats.last() });
    const found = await retryStorage("find leftovers", find, log, stop);
    if (!found.ok || found.value.job === undefined) return;
    const { job, life } = found.value;
    const pauseMs = Math.max(0, Math.min(notBefore - now(), LONGEST_PAUSE_MS));
    const swept = await endTogether(ownerOf(job, life, endedAt), pauseMs, stop);
    if (!stop.aborted) await afterSweep(parts, job, swept, true);
  } catch (fault) {
    if (isDamage(fault)) throw fault;
    reportFault(log, failed, fault, "ended before");
  }
}

/**
 * Ends all processes of an owner, after a pause, together with those of all owners that are asked for
 * meanwhile: to list the processes costs more than a small job does.
 */
export type EndTogether = (
  owner: Owner,
  pauseMs: number,
  stop: AbortSignal,
) => Promise<Swept | undefined>;

/** Owners that are ended together, and what became of them. */
interface Batch {
  readonly owners: Owner[];
  readonly swept: Promise<ReadonlyMap<string, Swept>>;
}

/** Makes an {@link EndTogether}; tests pass `endAll`, so that they need no processes. */
export function createEndTogether(endAll = endAllOf): EndTogether {
  let next: Batch | undefined;

  function begin(pauseMs: number, stop: AbortSignal): Batch {
    const owners: Owner[] = [];
    const endThem = async () => {
      using pause = wait(pauseMs, stop);
      await pause.done;
      next = undefined;
      return stop.aborted ? new Map<string, Swept>() : await endAll(owners, stop);
    };
    return { owners, swept: endThem() };
  }

  return async (owner, pauseMs, stop) => {
    const batch = next ??= begin(pauseMs, stop);
    batch.owners.push(owner);
    return (await batch.swept).get(owner.mark);
  };
}

/**
 * Holds the plugin of a job back if some of its processes are left. Otherwise forgets the number of
 * their session: from now on it may be that of a stranger.
 *
 * @param isAnnounced whether to log that some were ended; of an orphan another line says so.
 */
export async function afterSweep(
  { store, holds, log, stop }: LeftoverParts,
  job: Job,
  { outcome, left }: Swept = { outcome: "none", left: [] },
  isAnnounced: boolean,
): Promise<void> {
  if (left.length > 0) return holds.add(job, left);
  if (outcome === "ended" && isAnnounced) reportLeftoversEnded(log, job);
  if (outcome === "unknown") return;
  await retryStorage("forget pid", () => store.jobs.forgetPid(job), log, stop);
}

/** Ends all processes of all owners together; the result says by mark what became of them. */
export function endAllOf(
  owners: readonly Owner[],
  stop: AbortSignal,
): Promise<ReadonlyMap<string, Swept>> {
  const list = () => listProcesses(JOB_ID);
  const times = { graceMs: GRACE_MS, disappearMs: GRACE_MS };
  return sweep(owners, { list, self: Deno.pid, ...times, stop });
}

/**
 * Whose processes they are: those of a session that began between the job's claim and `until`, which is
 * the last heartbeat of the gateway that started it if nothing else is known, since the same boot. Times
 * count from the boot, on a clock that is never set.
 */
export function ownerOf(
  { id, pid, startedAt }: Job,
  life: Heartbeat | undefined,
  until = life?.tickAt ?? NaN,
): Owner {
  const bootedAt = life?.boot?.at ?? NaN;
  return {
    mark: id,
    session: pid,
    began: {
      bootId: life?.boot?.id,
      fromMs: startedAt - bootedAt,
      toMs: Math.max(startedAt, until) - bootedAt,
    },
  };
}
