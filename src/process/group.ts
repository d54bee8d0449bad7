import { wait } from "../base/wait.ts";

/** What became of the processes that an earlier life of this program may have left. */
export type Leftovers =
  /** There are none. */
  | "gone"
  /** There were some, and they have been killed. */
  | "killed"
  /** The number of the group belongs to processes that started at another time; left alone. */
  | "recycled"
  /** There is no usable `ps` to ask, so nothing was killed. */
  | "unknown";

/** What is known of processes that an earlier life of this program may have left. */
export interface Orphan {
  readonly id: string;
  /** What their environment holds, as `NAME=value`. */
  readonly mark: string;
  /** Their process group; `undefined` if a crash came before it could be noted. */
  readonly pid: number | undefined;
  /** When they may have begun, at the earliest; in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** How far apart the start of a process and the start of its job may lie. */
const START_TOLERANCE_MS = 2_000;

/** procps counts below zero, and wraps, for a process that started within the present clock tick. */
const WRAPPED_DAYS = 100 * 366;

/** How long killed processes may take to disappear. */
const DISAPPEAR_MS = 2_000;

/** Signals every process of a group; a group that is already gone is no error. */
export function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether any process of the group exists. */
export function groupIsAlive(pid: number): boolean {
  try {
    Deno.kill(-pid, 0 as unknown as Deno.Signal); // signal 0 only asks; Deno's types leave it out
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

/**
 * Kills what an earlier life of this program left, and waits up to 2 s for it to disappear.
 *
 * Whatever carries an orphan's mark in its environment belongs to it, in whatever session. So does
 * the process group that was noted, if nothing in it is older than the orphan: `ps` gives ages in
 * whole seconds, hence the tolerance. Any other group of that number is a recycled one.
 *
 * @returns what became of each orphan's processes, by its id.
 */
export async function endLeftovers(
  orphans: readonly Orphan[],
  now: number,
): Promise<ReadonlyMap<string, Leftovers>> {
  if (orphans.length === 0) return new Map();
  const processes = await listProcesses();
  if (processes === undefined) return new Map(orphans.map(({ id }) => [id, "unknown"]));
  const found = orphans.map((orphan) => ({ id: orphan.id, ...findGroups(orphan, processes, now) }));
  const groups = [...new Set(found.flatMap((orphan) => orphan.groups))];
  for (const group of groups) signalGroup(group, "SIGKILL");
  const deadline = performance.now() + DISAPPEAR_MS;
  while (groups.some(groupIsAlive) && performance.now() < deadline) await wait(10).done;
  return new Map(found.map((orphan) => [
    orphan.id,
    orphan.groups.length > 0 ? "killed" : orphan.isRecycled ? "recycled" : "gone",
  ]));
}

/** The process groups of an orphan, and whether the one noted for it is somebody else's by now. */
function findGroups(
  orphan: Orphan,
  processes: readonly ListedProcess[],
  now: number,
): { readonly groups: readonly number[]; readonly isRecycled: boolean } {
  const noted = processes.filter(({ group }) => group === orphan.pid);
  const notedIsOurs = noted.every(({ ageMs }) =>
    now - ageMs >= orphan.startedAt - START_TOLERANCE_MS
  );
  const ours = processes
    .filter(({ text }) => text.includes(` ${orphan.mark}`))
    .concat(notedIsOurs ? noted : []);
  return { groups: [...new Set(ours.map(({ group }) => group))], isRecycled: !notedIsOurs };
}

interface ListedProcess {
  readonly group: number;
  readonly ageMs: number;
  /** Its arguments and, if `ps` shows it, its environment. */
  readonly text: string;
}

/** Asks `ps` (Deno does not read /proc without `--allow-all`) for all that is not a zombie. */
async function listProcesses(): Promise<readonly ListedProcess[] | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("ps", {
      args: ["axeww", "-o", "pgid=,etime=,state=,args="],
      stdin: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
      const [, group, elapsed = "", state = "", text = ""] =
        /^\s*(\d+)\s+(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return group === undefined || state.startsWith("Z")
        ? []
        : [{ group: Number(group), ageMs: parseElapsed(elapsed), text }];
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Milliseconds of the `etime` column of `ps`, `[[DD-]hh:]mm:ss`. It is the portable one: macOS has
 * no `etimes`. Source: POSIX.1-2024, `ps`, STDOUT.
 */
export function parseElapsed(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  if (Number(days) > WRAPPED_DAYS) return 0;
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
