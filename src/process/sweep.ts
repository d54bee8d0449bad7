import { findMembers, type Owner } from "./belonging.ts";
import {
  isThere,
  type ListedProcess,
  type Listing,
  type ListProcesses,
  withUsers,
} from "./listing.ts";
import { signalTarget, type Target, untilGone } from "./signal.ts";

/** What became of the processes of one owner. */
export interface Swept {
  readonly outcome:
    /** There were none. */
    | "none"
    /** All have been ended. */
    | "ended"
    /** Some are left: signalling them is not permitted, or SIGKILL does not end them. */
    | "left"
    /** The recorded session number belongs to another session by now, which was left alone. */
    | "recycled"
    /** The processes of the machine could not be listed. */
    | "unknown";
  readonly left: readonly ListedProcess[];
}

/** How to sweep. Times in milliseconds. */
export interface SweepOptions {
  readonly list: ListProcesses;
  /** The pid of this program. */
  readonly self: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** How long killed processes may take to disappear. */
  readonly disappearMs: number;
  /** A group that has already had its SIGTERM. */
  readonly termedGroup?: number | undefined;
  /** Ends the sweep early and leaves the rest. */
  readonly stop?: AbortSignal | undefined;
}

/** Until the processes are listed again: only that shows zombies, and what was forked meanwhile. */
const FIRST_RELIST_MS = 250;
const LONGEST_RELIST_MS = 1_000;

/**
 * Ends all processes of all owners together: SIGTERM, then SIGKILL to those that outlive the grace.
 * Returns as soon as none is left, or when killed processes have not disappeared in time.
 *
 * @returns what became of each owner's processes, by its mark.
 */
export async function sweep(
  owners: readonly Owner[],
  options: SweepOptions,
): Promise<ReadonlyMap<string, Swept>> {
  const { graceMs, disappearMs, stop } = options;
  const outcomes = new Map<string, Swept>();
  const termed = new Set<number>();
  const beganMs = performance.now();
  for (let relistMs = FIRST_RELIST_MS; owners.length > 0;) {
    const listing = await options.list();
    if (listing === undefined) return fillUnknown(outcomes, owners);
    for (const owner of owners) {
      outcomes.set(owner.mark, look(listing, owner, options.self, outcomes.get(owner.mark)));
    }
    const left = [...outcomes.values()].flatMap((swept) => swept.left);
    const elapsedMs = performance.now() - beganMs;
    const isGraceOver = elapsedMs >= graceMs;
    const endMs = isGraceOver ? graceMs + disappearMs : graceMs;
    if (left.length === 0 || stop?.aborted || elapsedMs >= endMs) break;
    const targets = toTargets(left, listing);
    const fresh = left.filter(isNew(options, termed));
    const sent = isGraceOver
      ? targets.map((target) => signalTarget(target, "SIGKILL"))
      : toTargets(fresh, listing).map((target) => signalTarget(target, "SIGTERM"));
    if (isGraceOver && sent.every((delivery) => delivery === "refused")) break;
    for (const { pid } of left) termed.add(pid);
    await untilGone(targets, Math.min(relistMs, endMs - elapsedMs), stop);
    relistMs = Math.min(relistMs * 2, LONGEST_RELIST_MS);
  }
  for (const [mark, { outcome, left }] of outcomes) {
    if (left.length > 0) outcomes.set(mark, { outcome, left: await withUsers(left) });
  }
  return outcomes;
}

function fillUnknown(
  outcomes: ReadonlyMap<string, Swept>,
  owners: readonly Owner[],
): ReadonlyMap<string, Swept> {
  const unknown: Swept = { outcome: "unknown", left: [] };
  return new Map(owners.map(({ mark }) => [mark, outcomes.get(mark) ?? unknown]));
}

function look(listing: Listing, owner: Owner, self: number, former: Swept | undefined): Swept {
  const { members, isRecycled } = findMembers(listing, owner, self);
  // One that is in the middle of its exit, or of an exec, shows no mark for a moment.
  const isMember = (one: ListedProcess) => members.some(({ pid }) => pid === one.pid);
  const isStill = (one: ListedProcess) => !isMember(one) && isThere(one, listing.processes);
  const left = [...members, ...(former?.left.filter(isStill) ?? [])];
  if (left.length > 0) return { outcome: "left", left };
  const hadSome = former?.outcome === "left" || former?.outcome === "ended";
  return { outcome: hadSome ? "ended" : isRecycled ? "recycled" : "none", left: [] };
}

/** No process gets SIGTERM twice: some programs take a second one to mean at once. */
function isNew({ termedGroup }: SweepOptions, termed: ReadonlySet<number>) {
  return ({ pid, group }: ListedProcess) => !termed.has(pid) && group !== termedGroup;
}

/** A group that belongs to the owner as a whole is signalled as one, so that none can fork away. */
function toTargets(members: readonly ListedProcess[], listing: Listing): readonly Target[] {
  const pids = new Set(members.map(({ pid }) => pid));
  const foreign = new Set(
    listing.processes.filter(({ pid, hasEnded }) => !hasEnded && !pids.has(pid))
      .map(({ group }) => group),
  );
  return [...new Set(members.map(({ pid, group }) => foreign.has(group) ? pid : -group))];
}
