import assert from "node:assert/strict";

const WAIT_MS = 30_000;

/** Polls until `condition` returns a value; after half a minute, or `waitMs`, fails and names `what`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false,
  evidence: () => string = () => "",
  waitMs = WAIT_MS,
): Promise<T> {
  for (const deadline = Date.now() + waitMs; Date.now() < deadline;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(`timed out waiting for: ${what}\n${evidence()}`);
}

/** Whether a process exists and is not a zombie. One whose first thread has ended only looks like one. */
export function isAlive(pid: number): boolean {
  const [state, threads] = processLine(pid);
  return state !== undefined && !(state.startsWith("Z") && Number(threads) <= 1);
}

/** State and number of threads of a process, from `/proc` if there is one, because `ps` costs more. */
function processLine(pid: number): readonly (string | undefined)[] {
  try {
    const [, fields = ""] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(/\) (?!.*\) )/s);
    const [state, ...rest] = fields.split(" ");
    return [state, rest[16]];
  } catch {
    const args = ["-o", "stat=,nlwp=", "-p", String(pid)];
    const { code, stdout } = new Deno.Command("ps", { args }).outputSync();
    return code === 0 ? new TextDecoder().decode(stdout).trim().split(/\s+/) : [];
  }
}

/** Ends a process that a test started, if it has not ended yet. */
export function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
