import { wait } from "../base/wait.ts";

/** What came of a signal: it was sent, nothing was there to take it, or it may not be sent. */
export type Delivery = "sent" | "gone" | "refused";

/** A signal, or 0 to ask only whether there is somebody to take one. */
export type SignalOrZero = Deno.Signal | 0;

/**
 * Signals one process. Pid 1 and what is no pid is never signalled: to kill(2), 0 is the caller's own
 * group and -1 is everybody.
 */
export function signalProcess(pid: number, signal: SignalOrZero): Delivery {
  return pid < 2 ? "gone" : send(pid, signal);
}

/** Signals every process of a group; "refused" if none of them may be signalled. */
export function signalGroup(group: number, signal: SignalOrZero): Delivery {
  return group < 2 ? "gone" : send(-group, signal);
}

/** Whether any process of the group exists, zombies included. */
export function groupExists(group: number): boolean {
  return signalGroup(group, 0) !== "gone";
}

/** A pid, or the number of a group below zero, as for kill(2). */
export type Target = number;

/** Signals a process or a group. */
export function signalTarget(target: Target, signal: SignalOrZero): Delivery {
  return target < 0 ? signalGroup(-target, signal) : signalProcess(target, signal);
}

/** Between two looks whether what was signalled is gone. */
const POLL_MS = 10;

/** Waits until none of the targets is there, zombies included, and says whether that came to be in time. */
export async function untilGone(
  targets: readonly Target[],
  withinMs: number,
  stop?: AbortSignal,
): Promise<boolean> {
  const beganMs = performance.now();
  while (targets.some((target) => signalTarget(target, 0) !== "gone")) {
    if (stop?.aborted || performance.now() - beganMs >= withinMs) return false;
    await wait(POLL_MS, stop).done;
  }
  return true;
}

function send(target: number, signal: SignalOrZero): Delivery {
  try {
    Deno.kill(target, signal as unknown as Deno.Signal); // Deno's types leave out signal 0
    return "sent";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    if (error instanceof Deno.errors.PermissionDenied) return "refused";
    throw error;
  }
}
