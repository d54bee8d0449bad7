import { type Boot, readBoot } from "../process/boot.ts";
import type { Told } from "../store/heartbeats.ts";
import type { Store } from "../store/store.ts";

/** The clocks of a heartbeat. */
export interface Clocks {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds on a clock that is never set, such as `performance.now`. */
  readonly monotonic: () => number;
}

/** The two clocks drift apart by less than this unless someone sets one, or the machine sleeps. */
const MOVED_MS = 500;

/**
 * Makes the function that stores a heartbeat at each tick, with what `tell` says. After the wall clock has moved, it reads again
 * when the boot was on that clock.
 */
export async function createHeartbeat(
  store: Pick<Store, "heartbeats">,
  { now, monotonic }: Clocks,
  tell: () => Told,
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
    store.heartbeats.beat({ pid: Deno.pid, boot, startedAt, tickAt }, tell());
  };
}
