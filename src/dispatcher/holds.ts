import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { JOB_ID } from "../plugin/environment.ts";
import { type ListedProcess, type ListProcesses, listProcesses } from "../process/listing.ts";
import { reportFree, reportHeld } from "./report.ts";

/** The plugins that may not run just now. */
export interface Holds {
  /** Holds back the plugin of a job until these processes of an earlier run, which cannot be ended, are gone. */
  add(job: Job, left: readonly ListedProcess[]): void;
  /**
   * Holds back the plugin of a job, which cannot be spawned just now, until the next review.
   *
   * @returns how often in a row this job has been put off.
   */
  putOff(job: Job): number;
  plugins(): readonly string[];
  /** Looks once, each tick, who may run again. */
  review(): Promise<void>;
}

/** Holds nobody back yet. Nothing of it is stored: a start finds out anew. */
export function createHolds(
  log: Log,
  list: ListProcesses = () => listProcesses(JOB_ID),
): Holds {
  const held = new Map<string, { readonly job: Job; readonly left: readonly ListedProcess[] }>();
  const waiting = new Set<string>();
  /** By plugin. */
  const putOffs = new Map<string, { readonly jobId: string; readonly times: number }>();
  return {
    add(job, left) {
      held.set(job.plugin, { job, left: [...held.get(job.plugin)?.left ?? [], ...left] });
      reportHeld(log, job, left);
    },
    putOff({ id: jobId, plugin }) {
      waiting.add(plugin);
      const former = putOffs.get(plugin);
      const times = former?.jobId === jobId ? former.times + 1 : 1;
      putOffs.set(plugin, { jobId, times });
      return times;
    },
    plugins: () => [...new Set([...held.keys(), ...waiting])],
    async review() {
      waiting.clear();
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

function isThere(one: ListedProcess, processes: readonly ListedProcess[]): boolean {
  return processes.some(({ pid, startedMs, hasEnded }) =>
    pid === one.pid && startedMs === one.startedMs && !hasEnded
  );
}
