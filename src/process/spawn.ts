import { messageOf } from "../base/error_message.ts";
import { isFile } from "../base/file.ts";

/** What to start, where, and with which environment. */
export interface SpawnOptions {
  readonly entrypoint: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Path of setsid(1), as {@link findSetsid} finds it. */
  readonly setsid: string | undefined;
}

/** setsid(1) of util-linux, by its full path, since a plugin's PATH may differ. macOS has none. */
export function findSetsid(): string | undefined {
  return ["/usr/bin/setsid", "/bin/setsid"].find(isFile);
}

/**
 * Starts a program in its own session and group, whose number is its pid.
 *
 * setsid(1) makes the session and replaces itself with the program. Deno's `detached` does so, too, but
 * copies the whole process first, which costs more the more memory is in use. With setsid the group exists
 * some milliseconds after the pid. Source: docs/decisions.md, "Spawned through setsid".
 *
 * @throws the system's error.
 */
export function spawn({ entrypoint, cwd, env, setsid }: SpawnOptions): Deno.ChildProcess {
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const options = { cwd, env, clearEnv: true, ...piped };
  return setsid === undefined
    ? new Deno.Command(entrypoint, { ...options, detached: true }).spawn()
    : new Deno.Command(setsid, { ...options, args: [entrypoint] }).spawn();
}

/** How a process ended. */
export interface ExitStatus {
  /** 128 and the number of the signal, if one ended it. */
  readonly code: number;
  readonly signal: string | undefined;
}

/** Deno has no name for the signals 32 to 64: it throws, with the number only in the text. */
const UNNAMED_SIGNAL = /^Invalid signal: (\d+)$/;

/** Waits for the end of a process. Never rejects. */
export async function statusOf(child: Deno.ChildProcess): Promise<ExitStatus> {
  try {
    const { code, signal } = await child.status;
    return { code, signal: signal ?? undefined };
  } catch (error) {
    const message = messageOf(error);
    const [, number] = UNNAMED_SIGNAL.exec(message) ?? [];
    return number === undefined
      ? { code: 128, signal: message }
      : { code: 128 + Number(number), signal: `signal ${number}` };
  }
}
