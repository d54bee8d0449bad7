import { wait } from "../wait.ts";

/** What became of a process group that a crashed gateway may have left. */
export type LeftoverGroup =
  /** No process of the group exists. */
  | "gone"
  /** It was still running and has been killed. */
  | "killed"
  /** The number belongs to a process that started at another time; it was left alone. */
  | "recycled"
  /** There is no usable `ps` to ask, so nothing was killed. */
  | "unknown";

/** How far apart the start of a process and the start of its job may lie. */
const START_TOLERANCE_MS = 2_000;

/** How long a killed group may take to disappear. */
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
 * Kills the process group of a job that an earlier life of the gateway started at `startedAt`, unless
 * its number now belongs to something else. Returns once the group is gone.
 *
 * A process in the group counts as the job's if it began no earlier than the job did. `ps` gives
 * ages in whole seconds, hence the tolerance.
 */
export async function endLeftoverGroup(
  pid: number,
  startedAt: number,
  now: number,
): Promise<LeftoverGroup> {
  if (!groupIsAlive(pid)) return "gone";
  const members = await listGroup(pid);
  if (members === undefined) return "unknown";
  const running = members.filter((member) => !member.zombie);
  if (running.length === 0) return "gone";
  const ours = running.every(({ ageMs }) => now - ageMs >= startedAt - START_TOLERANCE_MS);
  if (!ours) return "recycled";
  signalGroup(pid, "SIGKILL");
  const deadline = performance.now() + DISAPPEAR_MS;
  while (groupIsAlive(pid) && performance.now() < deadline) {
    await wait(10).done;
  }
  return "killed";
}

interface GroupMember {
  readonly ageMs: number;
  readonly zombie: boolean;
}

/** Asks `ps`, because Deno does not read /proc without `--allow-all`. */
async function listGroup(pgid: number): Promise<readonly GroupMember[] | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("ps", {
      args: ["-A", "-o", "pgid=,etime=,state="],
      stdin: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    return new TextDecoder().decode(stdout).split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([group]) => Number(group) === pgid)
      .map(([, elapsed = "", state = ""]) => ({
        ageMs: parseElapsed(elapsed),
        zombie: state.startsWith("Z"),
      }));
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
  const seconds = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
