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

/**
 * Ends what the failed attempt at a job has left, so that the next attempt runs without it. Whatever
 * cannot be ended holds the plugin back; a plugin that is held back already keeps what its run left. Call
 * it while the job still keeps its lane.
 *
 * @throws if the database is damaged.
 */
export async function endLeftovers(parts: LeftoverParts, failed: Job): Promise<void> {
  const { store, now, log, stop, holds, endAll = endAllOf } = parts;
  if (stop.aborted || holds.plugins().includes(failed.plugin)) return;
  try {
    const find = () => ({ job: store.jobs.again(failed), life: store.heartbeats.last() });
    const found = await retryStorage("find leftovers", find, log, stop);
    if (!found.ok || found.value.job === undefined) return;
    const { job, life } = found.value;
    const swept = await endAll([ownerOf(job, life, now())], stop);
    if (!stop.aborted) await afterSweep(parts, job, swept.get(job.id), true);
  } catch (fault) {
    if (isDamage(fault)) throw fault;
    reportFault(log, failed, fault, "ended before");
  }
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
