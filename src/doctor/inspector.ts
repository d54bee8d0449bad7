import { ask } from "../process/ask.ts";
import type { InspectorFacts } from "./facts.ts";

/** Prints, each after a NUL, the signals of process `$1`, its open files, and who listens for TCP. */
const SCRIPT = `
cat "/proc/$1/status" 2> /dev/null; printf '\\0'
ls -l "/proc/$1/fd" 2> /dev/null; printf '\\0'
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null
exit 0`;

/**
 * Whether Deno's inspector is open in the process with this pid, or would open on SIGUSR1; `undefined` if
 * the system does not tell.
 */
export async function askInspector(pid: number): Promise<InspectorFacts | undefined> {
  const text = await ask("/bin/sh", ["-c", SCRIPT, "inspector", String(pid)]);
  return parseInspector(text ?? "");
}

/** The bit of SIGUSR1, signal 10, in a mask. Source: proc_pid_status(5). */
const USR1 = 1n << 9n;

/** The state of a socket that listens. Source: Linux, net/tcp_states.h */
const LISTENS = "0A";

/** Reads what the script printed. A gateway itself never listens. */
export function parseInspector(text: string): InspectorFacts | undefined {
  const [status = "", files = "", sockets = ""] = text.split("\0");
  const [caught, blocked] = ["SigCgt", "SigBlk"].map((name) => {
    const [, mask] = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status) ?? [];
    return mask === undefined ? undefined : (BigInt(`0x${mask}`) & USR1) !== 0n;
  });
  if (caught === undefined || blocked === undefined || files === "") return undefined;
  const own = new Set([...files.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode));
  const [listening] = sockets.split("\n").map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENS && own.has(fields[9]));
  const port = listening?.[1]?.split(":")[1];
  return {
    openPort: port === undefined ? undefined : Number.parseInt(port, 16),
    opensOnSignal: caught && !blocked,
  };
}
