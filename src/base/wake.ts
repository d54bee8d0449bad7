/** Lets one loop sleep until another has work for it. */
export interface Wake {
  /** Ends the current sleep, or the next one if there is none. */
  wake(): void;
  /** Settles at the next {@link wake}, or when `stop` aborts. */
  sleep(stop: AbortSignal): Promise<void>;
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
    async sleep(stop) {
      if (!called && !stop.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const finish = () => resolve();
        answer = finish;
        stop.addEventListener("abort", finish);
        await promise;
        stop.removeEventListener("abort", finish);
      }
      answer = undefined;
      called = false;
    },
  };
}
