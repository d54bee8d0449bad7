import { createBreather } from "../base/wait.ts";
import { unseenAttempt } from "../core/attempt.ts";
import type { Ending } from "../core/ending.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import type { Setup } from "../plugin/setup.ts";
import { JOB_ID } from "../plugin/environment.ts";
import type { Owner } from "../process/belonging.ts";
import { listProcesses } from "../process/listing.ts";
import { sweep, type Swept } from "../process/sweep.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Heartbeat } from "../store/heartbeats.ts";
import type { Store } from "../store/store.ts";
import { contain } from "./fault.ts";
import type { Holds } from "./holds.ts";
import { reportLeftoversEnded, reportLost, reportRecovered, reportStray } from "./report.ts";
import { settle } from "./settle.ts";

/** How long leftovers may take to end, in milliseconds: as long as at a deadline. */
const GRACE_MS = 5_000;

/** What recovery needs; tests pass `endAll`, so that they need no processes. */
export interface RecoveryParts {
  readonly store: Store;
  readonly setup: Setup;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Ends every wait; the next start recovers the rest. */
  readonly stop: AbortSignal;
  readonly holds: Holds;
  readonly endAll?: typeof endAllOf;
}

/**
 * Recovers from a crash: ends the processes that `running` jobs left and settles each job as
 * interrupted; ends what earlier attempts at queued jobs left. Run it before the first claim.
 */
export async function recoverOrphans(parts: RecoveryParts): Promise<void> {
  const { store } = parts;
  const find = () => ({ orphans: store.jobs.running(), interrupted: store.jobs.interrupted() });
  const found = await retryStorage("find orphans", find, parts.log, parts.stop);
  if (found.ok) await recover(parts, found.value.orphans, found.value.interrupted);
}

/**
 * Checks once a tick for what would keep a plugin from running for ever: processes that could not be
 * ended, and `running` rows of jobs that this gateway does not run, which another program wrote.
 *
 * @param own the jobs that this gateway runs.
 */
export async function lookAfter(
  parts: RecoveryParts,
  own: ReadonlySet<Job>,
): Promise<void> {
  await parts.holds.review();
  const isOwn = ({ id }: Job) => [...own].some((job) => job.id === id);
  const find = () => {
    parts.store.waits.restart(parts.now());
    parts.store.waits.repairHeads();
    return parts.store.jobs.running().filter((job) => !isOwn(job));
  };
  const found = await retryStorage("find orphans", find, parts.log, parts.stop);
  if (!found.ok) return;
  for (const job of found.value) reportStray(parts.log, job);
  await recover(parts, found.value, []);
}

async function recover(
  parts: RecoveryParts,
  orphans: readonly Job[],
  interrupted: readonly Job[],
): Promise<void> {
  const { store, log, stop, holds, endAll = endAllOf } = parts;
  const both = [...orphans, ...interrupted];
  if (both.length === 0) return;
  const life = await retryStorage("find orphans", () => store.heartbeats.last(), log, stop);
  if (!life.ok) return;
  const swept = await endAll(both.map((job) => ownerOf(job, life.value)), stop);
  if (stop.aborted) return;
  const breathe = createBreather();
  for (const job of orphans) {
    const outcome = swept.get(job.id)?.outcome ?? "none";
    await settleOrphan(parts, job, outcome, life.value)
      .catch((fault) => contain(parts, parts.setup, job, fault, stop));
    await breathe();
    if (stop.aborted) return;
  }
  for (const job of both) {
    const { outcome = "none", left = [] } = swept.get(job.id) ?? {};
    if (left.length > 0) holds.add(job, left);
    else if (outcome === "ended" && interrupted.includes(job)) reportLeftoversEnded(log, job);
  }
}

async function settleOrphan(
  parts: RecoveryParts,
  job: Job,
  leftovers: Swept["outcome"],
  life: Heartbeat | undefined,
): Promise<void> {
  const { now, log, stop } = parts;
  const lastSeenAt = leftovers === "ended" ? undefined : life?.tickAt;
  const attempt = unseenAttempt(job, endingOf(job), now(), lastSeenAt);
  const settled = await retryStorage(
    "recover",
    () => settle(parts, parts.setup, attempt),
    log,
    stop,
  );
  if (!settled.ok) return;
  if (settled.value === undefined) reportLost(log, job);
  else reportRecovered(log, settled.value, leftovers);
}

/** Ends all processes of all owners together; the result says by mark what became of them. */
function endAllOf(
  owners: readonly Owner[],
  stop: AbortSignal,
): Promise<ReadonlyMap<string, Swept>> {
  const list = () => listProcesses(JOB_ID);
  const times = { graceMs: GRACE_MS, disappearMs: GRACE_MS };
  return sweep(owners, { list, self: Deno.pid, ...times, stop });
}

/**
 * Whose processes they are: those of a session that began between the job's claim and the last heartbeat
 * of the gateway that started it, since the same boot. Times count from the boot, on a clock that is
 * never set.
 */
function ownerOf({ id, pid, startedAt }: Job, life: Heartbeat | undefined): Owner {
  const bootedAt = life?.boot?.at ?? NaN;
  return {
    mark: id,
    session: pid,
    began: {
      bootId: life?.boot?.id,
      fromMs: startedAt - bootedAt,
      toMs: Math.max(startedAt, life?.tickAt ?? NaN) - bootedAt,
    },
  };
}

/** The crash interrupted the job; but a row that cannot be read gets no further attempt. */
function endingOf({ unreadable }: Job): Ending {
  return unreadable === undefined
    ? { ok: false, reason: "interrupted", error: "the gateway ended while the job ran" }
    : { ok: false, reason: "row", error: unreadable };
}
