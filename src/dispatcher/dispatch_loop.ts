import type { Wake } from "../base/wake.ts";
import type { Dispatcher } from "./dispatch.ts";

/** Runs one job after the other until `stop` aborts; sleeps while there is none. */
export async function dispatchLoop(
  dispatcher: Dispatcher,
  wake: Wake,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    if (await dispatcher.dispatchNext() === undefined) await wake.sleep(stop);
  }
}
