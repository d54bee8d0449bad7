import { backoffMs, wait } from "../base/wait.ts";
import type { Log } from "../log/log.ts";
import { passingStorageError } from "./storage_error.ts";

/**
 * Makes a write beyond the process's file-size limit fail as on a full disk; otherwise SIGXFSZ would end
 * the program.
 */
export function surviveFileSizeLimit(): Disposable {
  const ignore = () => {};
  Deno.addSignalListener("SIGXFSZ", ignore);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGXFSZ", ignore) };
}

/** What a retried step returned, or that it was given up because the gateway is stopping. */
export type Retried<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Repeats a storage step until it succeeds or `stop` aborts, with a pause that doubles from 100 ms to
 * 30 s. Each failure is logged, and so is the success that ends a row of them.
 *
 * @throws any error of `step` that no retry can fix.
 */
export async function retryStorage<T>(
  action: string,
  step: () => T,
  log: Log,
  stop: AbortSignal,
): Promise<Retried<T>> {
  for (let failures = 0;; failures++) {
    try {
      const value = step();
      if (failures > 0) log.info("Storage works again", { action, failures });
      return { ok: true, value };
    } catch (error) {
      const reason = passingStorageError(error);
      if (reason === undefined) throw error;
      if (stop.aborted) {
        log.error("Storage failed, giving up: the gateway is stopping", { action, error: reason });
        return { ok: false };
      }
      const pauseMs = backoffMs(failures);
      log.error("Storage failed, trying again", { action, error: reason, pause_ms: pauseMs });
      using pause = wait(pauseMs, stop);
      await pause.done;
    }
  }
}
