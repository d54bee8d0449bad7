import { describeFault } from "../base/error_message.ts";
import type { Log } from "../log/log.ts";
import { isDamage } from "../sqlite/storage_error.ts";
import type { HeldLock } from "./keep_database.ts";
import type { Shutdown } from "./shutdown.ts";
import { reportFault } from "./start_report.ts";

/** Collects what is thrown in the loops, the lanes and the check beside them; each ends the program. */
export function createLoopFaults(life: AbortController, shutdown: Shutdown, held: HeldLock) {
  const faults: unknown[] = [];

  /** Marks damage and asks for a stop, before anyone waits for a running plugin. */
  function add(fault: unknown): void {
    faults.push(fault);
    if (isDamage(fault)) held.lock.markDamaged(true);
    const { error } = describeFault(fault);
    shutdown.request(isDamage(fault) ? error : `internal error: ${error}`);
    life.abort();
  }

  return {
    add,
    /** Waits for a loop to end, which ends the others. */
    guard: (loop: Promise<void>) => loop.catch(add).finally(() => life.abort()),
    /** @throws the first fault, if there is one, once the others are logged. */
    report(log: Log): void {
      const [first, ...others] = faults;
      for (const fault of others) reportFault(log, fault);
      if (faults.length > 0) throw first;
    },
  };
}
