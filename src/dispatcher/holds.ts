import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { JOB_ID } from "../plugin/environment.ts";
import { type ListedProcess, type ListProcesses, listProcesses } from "../process/listing.ts";
import { reportFree, reportHeld } from "./report.ts";

/** The plugins that may not run, since processes of an earlier run cannot be ended. */
export interface Holds {
  /** Holds back the plugin of a job until these processes are gone. */
  add(job: Job, left: readonly ListedProcess[]): void;
  plugins(): readonly string[];
  /** Looks once at the processes of the machine, if any plugin is held back at all. */
  review(): Promise<void>;
}

/** Holds nobody back yet. Nothing of it is stored: a start finds out anew. */
export function createHolds(
  log: Log,
  list: ListProcesses = () => listProcesses(JOB_ID),
): Holds {
  const held = new Map<string, { readonly job: Job; readonly left: readonly ListedProcess[] }>();
  return {
    add(job, left) {
      held.set(job.plugin, { job, left: [...held.get(job.plugin)?.left ?? [], ...left] });
      reportHeld(log, job, left);
    },
    plugins: () => [...held.keys()],
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

function isThere(one: ListedProcess, processes: readonly ListedProcess[]): boolean {
  return processes.some(({ pid, startedMs, hasEnded }) =>
    pid === one.pid && startedMs === one.startedMs && !hasEnded
  );
}
