import type { Wake } from "../base/wake.ts";
import type { Dispatched } from "./dispatch.ts";

/** Runs one job after the other until `stop` aborts; sleeps while nothing is queued. */
export async function dispatchLoop(
  dispatchNext: () => Promise<Dispatched>,
  wake: Wake,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const { kind } = await dispatchNext();
    if (kind === "idle") await wake.sleep(stop);
  }
}
