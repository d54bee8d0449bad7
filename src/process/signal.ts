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
