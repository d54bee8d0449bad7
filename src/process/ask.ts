import { within } from "../base/wait.ts";
import { signalProcess } from "./signal.ts";

/** Reading about a process may hang if that process hangs. */
const LIMIT_MS = 5_000;

/**
 * What a small system program prints; `undefined` if it cannot be started, or does not end in time or
 * before `stop` aborts.
 */
export async function ask(
  program: string,
  args: readonly string[],
  limitMs = LIMIT_MS,
  stop?: AbortSignal,
): Promise<string | undefined> {
  let child: Deno.ChildProcess;
  try {
    const options = { stdin: "null", stdout: "piped", stderr: "null" } as const;
    child = new Deno.Command(program, { ...options, args: [...args] }).spawn();
  } catch {
    return undefined; // no such program, or no room for another process
  }
  const text = await within(new Response(child.stdout).text(), limitMs, stop);
  if (text !== undefined) {
    await child.status;
    return text;
  }
  signalProcess(child.pid, "SIGKILL");
  try {
    child.unref();
  } catch {
    // It ended in this moment: Deno has let go of it.
  }
  return undefined;
}
