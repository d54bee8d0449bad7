/** A running timer. Its owner ends it, with `using` or by letting it run out. */
export interface Wait extends Disposable {
  /** Settles when the time is over, the signal aborts, or the wait is disposed of. Never rejects. */
  readonly done: Promise<void>;
}

/** The longest time that `setTimeout` accepts; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits `ms` milliseconds, in pieces if that is longer than one timer can be. */
export function wait(ms: number, signal?: AbortSignal): Wait {
  const { promise, resolve } = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function finish(): void {
    clearTimeout(timer);
    signal?.removeEventListener("abort", finish);
    resolve();
  }

  function arm(restMs: number): void {
    const piece = Math.min(restMs, MAX_TIMER_MS);
    timer = setTimeout(() => restMs > piece ? arm(restMs - piece) : finish(), piece);
  }

  if (signal?.aborted) {
    resolve();
  } else {
    signal?.addEventListener("abort", finish);
    arm(ms);
  }
  return { done: promise, [Symbol.dispose]: finish };
}

/** What a promise resolves to within `ms` milliseconds; `undefined` if it does not, or `stop` aborts. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  stop?: AbortSignal,
): Promise<T | undefined> {
  using limit = wait(ms, stop);
  return await Promise.race([promise, limit.done.then(() => undefined)]);
}

/** Whether a promise settles within `ms` milliseconds; a rejection counts, too. */
export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return await within(promise.then(() => true, () => true), ms) ?? false;
}

/** How many steps that wait for nothing may follow one another: some hundredths of a second. */
const STEPS = 64;

/**
 * For loops whose steps may never wait for the system: now and then it gives timers, signals and the
 * log a turn.
 */
export function createBreather(): () => Promise<void> {
  let steps = 0;
  return async () => {
    steps = (steps + 1) % STEPS;
    if (steps === 0) await wait(0).done;
  };
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait after a failure, by how many preceded it: 100 ms, doubling up to 30 s. */
export function backoffMs(failuresBefore: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** failuresBefore, LONGEST_PAUSE_MS);
}
