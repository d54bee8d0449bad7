import { backoffMs } from "../base/wait.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { JOB_ID } from "../plugin/environment.ts";
import {
  isThere,
  type ListedProcess,
  type ListProcesses,
  listProcesses,
} from "../process/listing.ts";
import { reportFree, reportHeld } from "./report.ts";

/** The plugins that may not run just now. */
export interface Holds {
  /** Holds back the plugin of a job until these processes of an earlier run, which cannot be ended, exit. */
  add(job: Job, left: readonly ListedProcess[]): void;
  /**
   * Holds back the plugin of a job that cannot be spawned just now, for a pause that grows each time.
   *
   * @returns how often in a row this job has been put off.
   */
  putOff(job: Job): number;
  /** Holds back the plugins of these jobs, and no longer those of an earlier call. */
  recovering(jobs: readonly Job[]): void;
  /** Holds back the plugin of a job until it is disposed of. */
  keep(job: Job): Disposable;
  plugins(): readonly string[];
  /** Lists the machine's processes once, if some of them hold back a plugin. */
  review(): Promise<void>;
}

interface PutOff {
  readonly jobId: string;
  readonly times: number;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/** Holds no plugin back yet. Nothing of it is stored: the next start finds out again. */
export function createHolds(
  log: Log,
  list: ListProcesses = () => listProcesses(JOB_ID),
  monotonic: () => number = () => performance.now(),
): Holds {
  const held = new Map<string, { readonly job: Job; readonly left: readonly ListedProcess[] }>();
  /** By plugin, as is `held`. */
  const putOffs = new Map<string, PutOff>();
  let recovering: readonly string[] = [];
  const kept = new Set<Job>();
  return {
    keep(job) {
      kept.add(job);
      return { [Symbol.dispose]: () => void kept.delete(job) };
    },
    recovering(jobs) {
      recovering = jobs.map(({ plugin }) => plugin);
    },
    add(job, left) {
      held.set(job.plugin, { job, left: [...held.get(job.plugin)?.left ?? [], ...left] });
      reportHeld(log, job, left);
    },
    putOff({ id: jobId, plugin }) {
      const former = putOffs.get(plugin);
      const times = former?.jobId === jobId ? former.times + 1 : 1;
      putOffs.set(plugin, { jobId, times, untilMs: monotonic() + backoffMs(times) });
      return times;
    },
    plugins() {
      const nowMs = monotonic();
      const waiting = [...putOffs].filter(([, { untilMs }]) => untilMs > nowMs);
      const names = [...kept].map(({ plugin }) => plugin);
      return [
        ...new Set([...recovering, ...names, ...held.keys(), ...waiting.map(([plugin]) => plugin)]),
      ];
    },
    async review() {
      const listing = held.size === 0 ? undefined : await list();
      if (listing === undefined) return;
      for (const [plugin, { job, left }] of held) {
        if (left.some((one) => isThere(one, listing.processes))) continue;
        held.delete(plugin);
        reportFree(log, job);
      }
    },
  };
}
