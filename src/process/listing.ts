import { ask } from "./ask.ts";

/** One process of the machine, as the listing found it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** `undefined` if the system does not tell it. */
  readonly session: number | undefined;
  /** A zombie without live threads. If only the first thread has ended, others may go on. */
  readonly hasEnded: boolean;
  /** Name of its program, for people. */
  readonly name: string;
  /** When it started, in milliseconds since the boot; `undefined` if the system does not tell exactly. */
  readonly startedMs: number | undefined;
  /** The value of the requested variable in its environment. */
  readonly mark: string | undefined;
  /** The user it runs as, for people; known only for a process that cannot be ended. */
  readonly user?: string | undefined;
}

/** Every visible process, and the boot since which they run. */
export interface Listing {
  /** Differs after each boot; `undefined` if the system has none. */
  readonly bootId: string | undefined;
  readonly processes: readonly ListedProcess[];
}

/** The unit of a process's start time: USER_HZ. Source: proc_pid_stat(5), field 22. */
const TICKS_PER_SECOND = 100;

/**
 * Prints the boot's id, then, each after a NUL, every process, and every environment that holds the
 * variable `$1`; each with the name of its file, since a process can give itself any name, even one of
 * several lines. If a process's first thread has ended, only its other threads show its environment.
 * Deno itself reads /proc only with all permissions. Elsewhere (macOS) this asks `ps`, which has one text
 * for arguments and environment, so it prints the arguments alone first.
 */
const SCRIPT = `
if cat /proc/sys/kernel/random/boot_id 2> /dev/null; then
  printf '\\0'; grep -azHs '^[0-9]' /proc/[0-9]*/stat
  mark=$1; set --
  for stat in $(grep -alzs ') Z ' /proc/[0-9]*/stat); do
    set -- "$@" "\${stat%stat}"task/[0-9]*/environ
  done
  grep -aozHs "^$mark=.*" /proc/[0-9]*/environ "$@"
else
  echo; ps axww -o pid=,args=; printf '\\0'
  ps axEww -o pid=,ppid=,pgid=,state=,args= 2> /dev/null || ps axeww -o pid=,ppid=,pgid=,state=,args=
fi
exit 0`;

/** `/proc/PID/stat:PID (NAME) REST`, as `grep` prints it. */
const STAT = /^\/proc\/(\d+)\/stat:\d+ \((.*)\) (.+)\n?$/s;

/** Lists the processes of the machine; `undefined` if it cannot, or not in time. */
export type ListProcesses = () => Promise<Listing | undefined>;

/**
 * Lists the processes of the machine by one short shell script; `undefined` if that fails, or takes more
 * than 5 s.
 *
 * @param variable the environment variable that tells whose a process is.
 * @param script only tests pass another one.
 */
export async function listProcesses(
  variable: string,
  script = SCRIPT,
): Promise<Listing | undefined> {
  const text = await ask("/bin/sh", ["-c", script, "list", variable]);
  return text === undefined ? undefined : parseListing(text, variable);
}

/** Adds the user that each process runs as. */
export function withUsers(processes: readonly ListedProcess[]): Promise<ListedProcess[]> {
  const script = 'stat -c %U "/proc/$1" 2> /dev/null || ps -o user= -p "$1"';
  return Promise.all(processes.map(async (one) => {
    const user = await ask("/bin/sh", ["-c", script, "user", String(one.pid)]);
    return { ...one, user: user?.trim() };
  }));
}

/** Reads what the script printed; `undefined` if it is not a listing. */
export function parseListing(text: string, variable: string): Listing | undefined {
  const [head = "", ...rest] = text.split("\0");
  const [bootId = "", ...lines] = head.split("\n");
  if (rest.length === 0) return undefined;
  if (bootId === "") {
    const args = new Map(lines.flatMap(parseArgs));
    const processes = rest.join("").split("\n").flatMap((line) => parsePs(line, args, variable));
    return { bootId: undefined, processes };
  }
  const marks = new Map(rest.flatMap(parseMark));
  const processes = rest.flatMap((record) => parseStat(record, marks) ?? []);
  return processes.length === 0 ? undefined : { bootId, processes };
}

/** Source: proc_pid_stat(5). The name is in parentheses and may hold any character but NUL. */
function parseStat(
  record: string,
  marks: ReadonlyMap<number, string>,
): ListedProcess | undefined {
  const [, pidText, name = "", rest = ""] = STAT.exec(record) ?? [];
  if (pidText === undefined) return undefined;
  const [state, parent, group, session, ...others] = rest.split(" ");
  const pid = Number(pidText);
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    hasEnded: state === "Z" && !(Number(others[13]) > 1),
    name,
    startedMs: Number(others[15]) * (1_000 / TICKS_PER_SECOND),
    mark: marks.get(pid),
  };
}

/** `/proc/PID/environ:NAME=value`, or the same of a thread, as `grep` prints it. */
function parseMark(record: string): [pid: number, value: string][] {
  const [, pid, value] = /^\/proc\/(\d+)\/(?:task\/\d+\/)?environ:[^=]*=(.*)$/s.exec(record) ?? [];
  return pid === undefined || value === undefined ? [] : [[Number(pid), value]];
}

/** `PID ARGUMENTS`, as `ps` prints it. */
function parseArgs(line: string): [pid: number, args: string][] {
  const [, pid, args] = /^ *(\d+) (.*)$/.exec(line) ?? [];
  return pid === undefined || args === undefined ? [] : [[Number(pid), args.trimEnd()]];
}

/** The environment is what `ps` prints after the arguments, so that no argument passes for a mark. */
function parsePs(
  line: string,
  args: ReadonlyMap<number, string>,
  variable: string,
): readonly ListedProcess[] {
  const [, pidText, parent, group, state, text = ""] =
    /^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
  if (pidText === undefined || state === undefined) return [];
  const pid = Number(pidText);
  const known = args.get(pid);
  const environment = known !== undefined && text.startsWith(known)
    ? text.slice(known.length).split(" ")
    : [];
  return [{
    pid,
    parent: Number(parent),
    group: Number(group),
    session: undefined,
    hasEnded: state.startsWith("Z"),
    name: text.split(" ")[0] ?? "",
    startedMs: undefined,
    mark: environment.find((word) => word.startsWith(`${variable}=`))?.slice(variable.length + 1),
  }];
}

/** Whether a process that was listed before has not ended yet. */
export function isThere(one: ListedProcess, processes: readonly ListedProcess[]): boolean {
  return processes.some(({ pid, startedMs, hasEnded }) =>
    pid === one.pid && startedMs === one.startedMs && !hasEnded
  );
}
