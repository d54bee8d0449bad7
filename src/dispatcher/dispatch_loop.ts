import { createBreather } from "../base/wait.ts";
import type { Wake } from "../base/wake.ts";
import type { Dispatched } from "./dispatch.ts";

/** Runs one job after another until `stop` aborts; sleeps while nothing is queued. */
export async function dispatchLoop(
  dispatchNext: () => Promise<Dispatched>,
  wake: Wake,
  stop: AbortSignal,
): Promise<void> {
  const breathe = createBreather(); // jobs of a plugin that is gone wait for nothing
  while (!stop.aborted) {
    const { kind } = await dispatchNext();
    if (kind === "idle") await wake.sleep(stop);
    else await breathe();
  }
}
