import { wait } from "./wait.ts";

/** Lets one loop sleep until another has work for it. */
export interface Wake {
  /** Ends the current sleep, or the next one if there is none. */
  wake(): void;
  /** Settles at the next {@link wake}, when `stop` aborts, or after `limitMs` milliseconds, if given. */
  sleep(stop: AbortSignal, limitMs?: number): Promise<void>;
}

/** Makes a wake-up call between two loops. */
export function createWake(): Wake {
  let called = false;
  let answer: (() => void) | undefined;
  return {
    wake() {
      called = true;
      answer?.();
    },
    async sleep(stop, limitMs) {
      if (!called && !stop.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const finish = () => resolve();
        answer = finish;
        stop.addEventListener("abort", finish);
        using limit = limitMs === undefined ? undefined : wait(limitMs);
        limit?.done.then(finish);
        await promise;
        stop.removeEventListener("abort", finish);
      }
      answer = undefined;
      called = false;
    },
  };
}
