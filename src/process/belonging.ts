import type { ListedProcess, Listing } from "./listing.ts";

/** Whose processes to look for: those of one run of a program. */
export interface Owner {
  /** The value, in their environment, of the variable that marks them. */
  readonly mark: string;
  /** The session in which they were started, if it was recorded. */
  readonly session: number | undefined;
  /**
   * When the session began, if its program may have ended since and its number may belong to another
   * session by now; `undefined` if it is certainly theirs.
   */
  readonly began: Span | undefined;
}

/** A span of time since one boot of the machine. */
export interface Span {
  readonly bootId: string | undefined;
  /** In milliseconds since the boot, as is `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What belongs to an owner, and whether the recorded session number belongs to another session now. */
export interface Belonging {
  /** Without zombies: they have ended. */
  readonly members: readonly ListedProcess[];
  readonly isRecycled: boolean;
}

/** The clocks of two runs of a program differ a little, and start times are rounded. */
const TOLERANCE_MS = 1_000;

/**
 * Finds what belongs to an owner: every process that carries its mark, in any session, and every process
 * of its session. While a process is in a session, the kernel does not reuse its number, so one member
 * that is certainly theirs vouches for all of them. Pid 1 and `self`, with its group and ancestors, are
 * never among them. Source: docs/decisions.md, "What belongs to a job".
 */
export function findMembers(listing: Listing, owner: Owner, self: number): Belonging {
  const { processes } = listing;
  const spared = findSpared(processes, self);
  const inSession = processes.filter((one) => isIn(owner, one));
  const isTheirs = inSession.some((one) => vouches(one, owner, listing));
  const members = processes.filter((one) =>
    one.pid > 1 && !one.hasEnded && !spared.has(one.pid) &&
    (one.mark === owner.mark || (isTheirs && inSession.includes(one)))
  );
  return { members, isRecycled: inSession.length > 0 && !isTheirs };
}

/** If the system does not tell the session, the group has its number. */
function isIn({ session }: Owner, one: ListedProcess): boolean {
  return session !== undefined && session > 1 && (one.session ?? one.group) === session;
}

function vouches(one: ListedProcess, { mark, began }: Owner, { bootId }: Listing): boolean {
  if (began === undefined || one.mark === mark) return true;
  const { startedMs } = one;
  return startedMs !== undefined && bootId !== undefined && bootId === began.bootId &&
    startedMs >= began.fromMs - TOLERANCE_MS && startedMs <= began.toMs + TOLERANCE_MS;
}

/** A process with its group and all its ancestors. */
function findSpared(processes: readonly ListedProcess[], self: number): ReadonlySet<number> {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const group = byPid.get(self)?.group;
  const spared = new Set<number>();
  for (let pid = self; pid > 0 && !spared.has(pid); pid = byPid.get(pid)?.parent ?? 0) {
    spared.add(pid);
  }
  for (const one of processes) if (one.group === group) spared.add(one.pid);
  return spared;
}
