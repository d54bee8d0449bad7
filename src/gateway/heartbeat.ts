import { type Boot, readBoot } from "../process/boot.ts";
import type { Store } from "../store/store.ts";

/** The clocks that a heartbeat is told by. */
export interface Clocks {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds on a clock that is never set, such as `performance.now`. */
  readonly monotonic: () => number;
}

/** The two clocks differ by less than this unless somebody set one, or the machine slept. */
const MOVED_MS = 500;

/**
 * Makes the sign of life that a gateway gives at each tick. When the boot was on the wall clock is found
 * out anew once that clock has been moved.
 */
export async function createHeartbeat(
  store: Pick<Store, "heartbeats">,
  { now, monotonic }: Clocks,
): Promise<(tickAt: number) => void> {
  const startedAt = now();
  const lag = () => now() - monotonic();
  let lagAtReading = lag();
  let boot: Boot | undefined = await readBoot(now);

  async function readAgain(): Promise<void> {
    lagAtReading = lag();
    boot = await readBoot(now);
  }

  return (tickAt) => {
    if (Math.abs(lag() - lagAtReading) > MOVED_MS) readAgain();
    store.heartbeats.beat({ pid: Deno.pid, boot, startedAt, tickAt });
  };
}
