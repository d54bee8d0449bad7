import { wait } from "../base/wait.ts";
import { type BoundedRead, type BoundedReader, readBounded } from "./bounded_read.ts";
import { groupIsAlive, signalGroup } from "./group.ts";
import { explainEnvFailure, explainSpawnError } from "./start_error.ts";

/** What to run and within which limits. Times are in milliseconds, sizes in bytes. */
export interface ProcessOptions {
  readonly entrypoint: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
  readonly timeoutMs: number;
  /** When aborted, ends the process as its deadline would. */
  readonly interrupt: AbortSignal;
  /** Told the process group as soon as it exists. */
  readonly onSpawn: (pid: number) => void;
  readonly limits?: Partial<ProcessLimits> | undefined;
}

/** The limits that only tests change. */
export interface ProcessLimits {
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
  /** From the program's exit to the end of its children. */
  readonly drainMs: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** What came of running a program. */
export type ProcessResult = Ended | NotSpawned;

/** A process that ran. */
export interface Ended {
  readonly kind: "ended";
  /** The first cause of the end; what came after it does not count. */
  readonly cause: "exit" | "timeout" | "interrupted";
  readonly exitCode: number;
  readonly signal: string | undefined;
  readonly stdout: BoundedRead;
  readonly stderr: BoundedRead;
  /** Whether it exited by itself and left processes behind, which had to be killed. */
  readonly leftChildren: boolean;
  /** The limit it ran under, in milliseconds. */
  readonly timeoutMs: number;
  /** From the spawn until nothing was left of it, in milliseconds. */
  readonly durationMs: number;
}

/** A program that could not be started. */
export interface NotSpawned {
  readonly kind: "not spawned";
  /** For people: what could not be started, and the likely cause. */
  readonly error: string;
}

const DEFAULT_LIMITS: ProcessLimits = {
  killGraceMs: 5_000,
  drainMs: 250,
  stdoutBytes: 10 * 1024 * 1024,
  stderrBytes: 1024 * 1024,
};

/**
 * Runs a program in a process group of its own, feeds it, reads what it writes and returns only when
 * it is gone. Never throws for anything the program does.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const startedMs = performance.now();
  let child: Deno.ChildProcess;
  try {
    child = spawn(options);
  } catch (error) {
    return notSpawned(explainSpawnError(options.entrypoint, options.cwd, error));
  }
  options.onSpawn(child.pid);

  const stdout = readBounded(child.stdout, limits.stdoutBytes);
  const stderr = readBounded(child.stderr, limits.stderrBytes);
  const stdin = child.stdin.getWriter();
  const fed = feed(stdin, options.input);
  const cause = await untilFirstCause(child, options);
  if (cause !== "exit") await endGroup(child, limits.killGraceMs);
  const status = await child.status;
  const hadLeftovers = await drain(child.pid, [stdout, stderr], limits.drainMs);
  await Promise.all([stdin.abort().catch(() => {}), fed]);
  const notStarted = explainEnvFailure(options.entrypoint, status.code);
  if (notStarted !== undefined) return notSpawned(notStarted);
  return {
    kind: "ended",
    cause,
    exitCode: status.code,
    signal: status.signal ?? undefined,
    stdout: stdout.result(),
    stderr: stderr.result(),
    leftChildren: cause === "exit" && hadLeftovers,
    timeoutMs: options.timeoutMs,
    durationMs: performance.now() - startedMs,
  };
}

function spawn({ entrypoint, cwd, env }: ProcessOptions): Deno.ChildProcess {
  return new Deno.Command(entrypoint, {
    cwd,
    env,
    clearEnv: true,
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function notSpawned(error: string): NotSpawned {
  return { kind: "not spawned", error };
}

/** A program that never reads its stdin, or closes it early, may still answer: no error by itself. */
async function feed(
  stdin: WritableStreamDefaultWriter<Uint8Array>,
  input: Uint8Array,
): Promise<void> {
  try {
    await stdin.write(input);
    await stdin.close();
  } catch {
    // BrokenPipe: the program closed its end, and the stream with it.
  }
}

async function untilFirstCause(
  child: Deno.ChildProcess,
  { timeoutMs, interrupt }: ProcessOptions,
): Promise<"exit" | "timeout" | "interrupted"> {
  using deadline = wait(timeoutMs, interrupt);
  return await Promise.race([
    child.status.then(() => "exit" as const),
    deadline.done.then(() => interrupt.aborted ? "interrupted" as const : "timeout" as const),
  ]);
}

/** SIGTERM to the group, a grace for the program, SIGKILL to the group. */
async function endGroup(child: Deno.ChildProcess, killGraceMs: number): Promise<void> {
  signalGroup(child.pid, "SIGTERM");
  using grace = wait(killGraceMs);
  await Promise.race([child.status, grace.done]);
  signalGroup(child.pid, "SIGKILL");
}

/**
 * The program itself is gone: gives what it left in its group a short while, then kills it. Pipes that
 * are still open after that are held by a process outside the group, and are let go.
 */
async function drain(
  pid: number,
  readers: readonly BoundedReader[],
  drainMs: number,
): Promise<boolean> {
  const closed = Promise.all(readers.map((reader) => reader.done));
  const drained = await settlesWithin(closed, drainMs);
  if (drained && await groupEnds(pid, drainMs)) return false;
  signalGroup(pid, "SIGKILL");
  if (!await settlesWithin(closed, drainMs)) {
    await Promise.all(readers.map((reader) => reader.cancel()));
  }
  return true;
}

async function groupEnds(pid: number, withinMs: number): Promise<boolean> {
  const pollMs = 10;
  for (let waitedMs = 0; groupIsAlive(pid); waitedMs += pollMs) {
    if (waitedMs >= withinMs) return false;
    await wait(pollMs).done;
  }
  return true;
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  using limit = wait(ms);
  return await Promise.race([promise.then(() => true), limit.done.then(() => false)]);
}
