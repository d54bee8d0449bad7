import { settlesWithin } from "../base/wait.ts";
import type { BoundedReader } from "./bounded_read.ts";
import { type ListedProcess, listProcesses } from "./listing.ts";
import { groupExists, signalGroup, untilGone } from "./signal.ts";
import type { ExitStatus } from "./spawn.ts";
import { sweep, type Swept } from "./sweep.ts";

/** How long ending a program may take, in milliseconds. */
export interface EndLimits {
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
  /** From SIGKILL until the program counts as one that cannot be ended. */
  readonly disappearMs: number;
  /** From the program's exit until its leftovers are ended, and then until its pipes are closed. */
  readonly drainMs: number;
}

/** A running program with everything that belongs to it. */
export interface OwnedProcess {
  readonly child: Deno.ChildProcess;
  readonly exited: Promise<ExitStatus>;
  readonly readers: readonly BoundedReader[];
  /** The variable whose value marks what belongs to it. */
  readonly markedBy: string;
  readonly mark: string;
}

/** What was left after a program exited, or could not be ended. */
export interface Leftovers {
  readonly kind:
    | "none"
    /** The program left processes behind, and they have been ended. */
    | "ended"
    /** A process outside the program's session and without its mark holds its output open. */
    | "output held"
    /** Some processes could not be ended; see `left`. */
    | "left";
  readonly left: readonly ListedProcess[];
}

const NOTHING: Leftovers = { kind: "none", left: [] };

/** A group with only zombies looks alive, so the wait is short before the processes are listed. */
const ASK_AFTER_MS = 50;

/** SIGTERM to everything that belongs to a program, a grace, SIGKILL. */
export async function endRun(owned: OwnedProcess, limits: EndLimits): Promise<Leftovers> {
  const { pid } = owned.child;
  // At once, since the listing may take a while. The group exists some milliseconds after the pid.
  if (signalGroup(pid, "SIGTERM") === "gone") signalChild(owned.child, "SIGTERM");
  const { left } = await sweepOne(owned, limits, pid);
  signalChild(owned.child, "SIGKILL"); // if it still exists, however it hides
  return await letGo(owned, limits, left, NOTHING);
}

/**
 * After the program itself has exited: gives what it left in its group a short time, then ends it. Closes
 * the pipes that are still open after that.
 */
export async function endWhatIsLeft(owned: OwnedProcess, limits: EndLimits): Promise<Leftovers> {
  if (await isClosed(owned, limits.drainMs) && await groupEnds(owned, limits.drainMs)) {
    return NOTHING;
  }
  const { outcome, left } = await sweepOne(owned, limits);
  return await letGo(owned, limits, left, outcome === "ended" ? { kind: "ended", left } : NOTHING);
}

/** Ends a program whose result nobody needs any more. */
export async function killAtOnce(owned: OwnedProcess, limits: EndLimits): Promise<void> {
  signalChild(owned.child, "SIGKILL");
  signalGroup(owned.child.pid, "SIGKILL");
  await settlesWithin(owned.exited, limits.disappearMs);
  await stopReading(owned);
  await owned.child.stdin.abort().catch(() => {});
}

/**
 * Sweeps what belongs to one program. If the machine's processes cannot be listed, its group is all that
 * is known of it.
 */
async function sweepOne(
  { child: { pid }, markedBy, mark }: OwnedProcess,
  { killGraceMs: graceMs, disappearMs }: EndLimits,
  termedGroup?: number,
): Promise<Swept> {
  const list = () => listProcesses(markedBy);
  const options = { list, self: Deno.pid, graceMs, disappearMs, termedGroup };
  const swept = (await sweep([{ mark, session: pid, began: undefined }], options)).get(mark);
  if (swept !== undefined && swept.outcome !== "unknown") return swept;
  const hadSome = groupExists(pid);
  signalGroup(pid, "SIGTERM");
  if (!await untilGone([-pid], graceMs)) signalGroup(pid, "SIGKILL");
  await untilGone([-pid], disappearMs);
  return { outcome: hadSome ? "ended" : "none", left: [] };
}

/** Waits for the pipes to close and stops reading those that do not; then says what is left. */
async function letGo(
  owned: OwnedProcess,
  { drainMs }: EndLimits,
  left: readonly ListedProcess[],
  otherwise: Leftovers,
): Promise<Leftovers> {
  const isHeld = !await isClosed(owned, drainMs);
  if (isHeld) await stopReading(owned);
  if (left.length > 0) return { kind: "left", left };
  return isHeld && otherwise === NOTHING ? { kind: "output held", left } : otherwise;
}

function isClosed({ readers }: OwnedProcess, withinMs: number): Promise<boolean> {
  return settlesWithin(Promise.all(readers.map(({ done }) => done)), withinMs);
}

async function stopReading({ readers }: OwnedProcess): Promise<void> {
  await Promise.all(readers.map((reader) => reader.cancel()));
}

/** Whether a group is empty after a while, except for zombies that nobody reaps. */
async function groupEnds(owned: OwnedProcess, withinMs: number): Promise<boolean> {
  const { child: { pid }, markedBy } = owned;
  if (await untilGone([-pid], Math.min(ASK_AFTER_MS, withinMs))) return true;
  const listing = await listProcesses(markedBy);
  const isEmpty = listing !== undefined &&
    listing.processes.every(({ group, hasEnded }) => group !== pid || hasEnded);
  return isEmpty || await untilGone([-pid], withinMs);
}

/** Deno knows whether its own child has ended, so the pid never belongs to another process. */
function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // A TypeError says that it has ended; a program of another user may not be signalled.
    if (!(error instanceof TypeError || error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}
