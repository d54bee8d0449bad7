import { createBreather } from "../base/wait.ts";
import { unseenAttempt } from "../core/attempt.ts";
import type { Ending } from "../core/ending.ts";
import type { Job } from "../core/job.ts";
import type { Setup } from "../plugin/setup.ts";
import type { Swept } from "../process/sweep.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Heartbeat } from "../store/heartbeats.ts";
import { contain } from "./fault.ts";
import { afterSweep, endAllOf, type LeftoverParts, ownerOf } from "./leftovers.ts";
import { reportBreaker, reportLost, reportRecovered, reportStray } from "./report.ts";
import { settle } from "./settle.ts";

/** What recovery needs. */
export interface RecoveryParts extends LeftoverParts {
  readonly setup: Setup;
}

/** What a crash left, as the database tells it. */
export interface Left {
  /** The jobs that are marked as running, and are not. */
  readonly orphans: readonly Job[];
  /** The queued jobs of which an earlier attempt may have left processes. */
  readonly interrupted: readonly Job[];
  /** The last sign of life of the gateway that started them. */
  readonly life: Heartbeat | undefined;
}

/**
 * Looks for what a crash left, and holds its plugins back. Call it before the first claim and the first
 * sign of life; other plugins may run before {@link recover} has dealt with it.
 */
export async function findLeft(parts: RecoveryParts): Promise<Left | undefined> {
  const { store, holds, log, stop } = parts;
  const find = (): Left => ({
    orphans: store.jobs.running(),
    interrupted: store.jobs.interrupted(),
    life: store.heartbeats.last(),
  });
  const found = await retryStorage("find orphans", find, log, stop);
  if (!found.ok) return undefined;
  holds.recovering([...found.value.orphans, ...found.value.interrupted]);
  return found.value;
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
  const { store, now, log, stop } = parts;
  await parts.holds.review();
  const isOwn = ({ id }: Job) => [...own].some((job) => job.id === id);
  const find = () => {
    store.waits.restart(now());
    store.waits.repairHeads();
    const orphans = store.jobs.running().filter((job) => !isOwn(job));
    return { orphans, interrupted: [], life: store.heartbeats.last() };
  };
  const found = await retryStorage("find orphans", find, log, stop);
  if (!found.ok) return;
  parts.holds.recovering(found.value.orphans);
  for (const job of found.value.orphans) reportStray(log, job);
  await recover(parts, found.value);
}

/**
 * Ends the processes that `running` jobs left and settles each job as interrupted; ends what earlier
 * attempts at queued jobs left. Whatever cannot be ended holds its plugin back.
 */
export async function recover(
  parts: RecoveryParts,
  { orphans, interrupted, life }: Left,
): Promise<void> {
  const { holds, stop, endAll = endAllOf } = parts;
  const both = [...orphans, ...interrupted];
  if (both.length > 0) {
    const swept = await endAll(both.map((job) => ownerOf(job, life)), stop);
    if (stop.aborted) return;
    await settleAll(parts, orphans, swept, life);
    if (stop.aborted) return;
    for (const job of both) {
      await afterSweep(parts, job, swept.get(job.id), interrupted.includes(job));
    }
  }
  holds.recovering([]);
}

async function settleAll(
  parts: RecoveryParts,
  orphans: readonly Job[],
  swept: ReadonlyMap<string, Swept>,
  life: Heartbeat | undefined,
): Promise<void> {
  const breathe = createBreather();
  for (const job of orphans) {
    const outcome = swept.get(job.id)?.outcome ?? "none";
    await settleOrphan(parts, job, outcome, life)
      .catch((fault) => contain(parts, parts.setup, job, fault, parts.stop));
    await breathe();
    if (parts.stop.aborted) return;
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
  if (settled.value === undefined) return reportLost(log, job);
  reportRecovered(log, settled.value, leftovers);
  reportBreaker(log, settled.value, parts.setup);
}

/** The crash interrupted the job; but a row that cannot be read gets no further attempt. */
function endingOf({ unreadable }: Job): Ending {
  return unreadable === undefined
    ? { ok: false, reason: "interrupted", error: "the gateway ended while the job ran" }
    : { ok: false, reason: "row", error: unreadable, isFinal: true };
}
