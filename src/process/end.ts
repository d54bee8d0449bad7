import { settlesWithin } from "../base/wait.ts";
import type { BoundedReader } from "./bounded_read.ts";
import { type ListedProcess, listProcesses } from "./listing.ts";
import { groupExists, signalGroup, untilGone } from "./signal.ts";
import type { ExitStatus } from "./spawn.ts";
import { sweep, type Swept } from "./sweep.ts";

/** How long the end of a program may take, in milliseconds. */
export interface EndLimits {
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
  /** From SIGKILL until the program counts as one that cannot be ended. */
  readonly disappearMs: number;
  /** From the program's exit until what it left is ended, and then until its pipes are let go. */
  readonly drainMs: number;
}

/** A running program with all that belongs to it. */
export interface OwnedProcess {
  readonly child: Deno.ChildProcess;
  readonly exited: Promise<ExitStatus>;
  readonly readers: readonly BoundedReader[];
  /** The variable whose value marks what belongs to it. */
  readonly markedBy: string;
  readonly mark: string;
}

/** What outlived a program that had exited, or could not be ended. */
export interface Leftovers {
  readonly kind:
    | "none"
    /** The program left some behind, and they have been ended. */
    | "ended"
    /** A process that is in no session of the program's and has no mark holds its output open. */
    | "output held"
    /** Some could not be ended; see `left`. */
    | "left";
  readonly left: readonly ListedProcess[];
}

const NOTHING: Leftovers = { kind: "none", left: [] };

/** A group that is empty but for zombies looks alive, so it is not waited for long before asking. */
const ASK_AFTER_MS = 50;

/** SIGTERM to all that belongs to a program, a grace, SIGKILL. */
export async function endRun(owned: OwnedProcess, limits: EndLimits): Promise<Leftovers> {
  const { pid } = owned.child;
  // At once, since the listing may take its time. The group comes some milliseconds after the pid.
  if (signalGroup(pid, "SIGTERM") === "gone") signalChild(owned.child, "SIGTERM");
  const { left } = await sweepOne(owned, limits, pid);
  signalChild(owned.child, "SIGKILL"); // if it is there still, however it hides
  return await letGo(owned, limits, left, NOTHING);
}

/**
 * The program itself is gone: gives what it left in its group a short while, then ends it. Pipes that are
 * still open after that are let go.
 */
export async function endWhatIsLeft(owned: OwnedProcess, limits: EndLimits): Promise<Leftovers> {
  if (await isClosed(owned, limits.drainMs) && await groupEnds(owned, limits.drainMs)) {
    return NOTHING;
  }
  const { outcome, left } = await sweepOne(owned, limits);
  return await letGo(owned, limits, left, outcome === "ended" ? { kind: "ended", left } : NOTHING);
}

/** Ends a program of which nobody wants to know anything more. */
export async function killAtOnce(owned: OwnedProcess, limits: EndLimits): Promise<void> {
  signalChild(owned.child, "SIGKILL");
  signalGroup(owned.child.pid, "SIGKILL");
  await settlesWithin(owned.exited, limits.disappearMs);
  await stopReading(owned);
  await owned.child.stdin.abort().catch(() => {});
}

/**
 * Sweeps what belongs to one program. Where the machine's processes cannot be listed, its group is
 * all that is known of it.
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

/** Waits for the pipes to close and stops reading those that do not; then says what that leaves. */
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

/** Whether nothing of a group is left after a while, but for zombies that nobody reaps. */
async function groupEnds(owned: OwnedProcess, withinMs: number): Promise<boolean> {
  const { child: { pid }, markedBy } = owned;
  if (await untilGone([-pid], Math.min(ASK_AFTER_MS, withinMs))) return true;
  const listing = await listProcesses(markedBy);
  const isEmpty = listing !== undefined &&
    listing.processes.every(({ group, hasEnded }) => group !== pid || hasEnded);
  return isEmpty || await untilGone([-pid], withinMs);
}

/** Deno knows whether its own child has ended, so the pid is never somebody else's. */
function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // A TypeError says that it has ended; a program of another user may not be signalled.
    if (!(error instanceof TypeError || error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}
