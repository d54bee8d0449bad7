import { wait } from "../base/wait.ts";

/** The result of a signal: it was sent, there was no process to get it, or it is not permitted. */
export type Delivery = "sent" | "gone" | "refused";

/** A signal, or 0 to check only whether there is a process to get one. */
export type SignalOrZero = Deno.Signal | 0;

/**
 * Signals one process. Never signals pid 1 or what is not a pid: to kill(2), 0 is the caller's own group
 * and -1 is every process.
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

/** A pid, or the negated number of a group, as for kill(2). */
export type Target = number;

/** Signals a process or a group. */
export function signalTarget(target: Target, signal: SignalOrZero): Delivery {
  return target < 0 ? signalGroup(-target, signal) : signalProcess(target, signal);
}

/** How often to check whether what was signalled is gone. */
const POLL_MS = 10;

/** Waits until none of the targets exists, zombies included, and says whether that happened in time. */
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
