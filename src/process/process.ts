import { settlesWithin, wait, within } from "../base/wait.ts";
import { type BoundedRead, readBounded } from "./bounded_read.ts";
import { type EndLimits, endRun, endWhatIsLeft, killAtOnce, type Leftovers } from "./end.ts";
import { type ExitStatus, spawn, statusOf } from "./spawn.ts";
import {
  explainEnvFailure,
  explainSpawnError,
  resemblesSetsidFailure,
  type StartFailure,
} from "./start_error.ts";

export { findSetsid } from "./spawn.ts";

/** What to run, and within which limits. Times are in milliseconds, sizes in bytes. */
export interface ProcessOptions {
  readonly entrypoint: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
  readonly timeoutMs: number;
  /** When aborted, ends the process as its deadline would. */
  readonly interrupt: AbortSignal;
  /** Called with the pid, which is also the number of group and session, as soon as there is one. */
  readonly onSpawn: (pid: number) => void;
  /** Path of setsid(1); without it, Deno makes the session, which is slower. */
  readonly setsid: string | undefined;
  /** The variable of `env` that identifies the process and its children. */
  readonly markedBy: string;
  readonly limits?: Partial<ProcessLimits> | undefined;
}

/** The limits that only tests change. */
export interface ProcessLimits extends EndLimits {
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** The result of running a program. */
export type ProcessResult = Ended | NotSpawned;

/** A process that ran. */
export interface Ended {
  readonly kind: "ended";
  /** The first cause of the end; later ones do not count. */
  readonly cause: "exit" | "timeout" | "interrupted";
  /** `undefined` if the process could not be ended. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: BoundedRead;
  readonly stderr: BoundedRead;
  readonly leftovers: Leftovers;
  /** The limit it ran under, in milliseconds. */
  readonly timeoutMs: number;
  /** From the spawn until nothing was left of it, in milliseconds. */
  readonly durationMs: number;
}

/** A program that could not be started. */
export interface NotSpawned extends StartFailure {
  readonly kind: "not spawned";
}

const DEFAULT_LIMITS: ProcessLimits = {
  killGraceMs: 5_000,
  disappearMs: 5_000,
  drainMs: 250,
  stdoutBytes: 10 * 1024 * 1024,
  stderrBytes: 1024 * 1024,
};

/**
 * Runs a program in its own session, feeds it, reads what it writes and returns only when it is gone, or
 * cannot be ended. Never throws for anything the program does.
 *
 * @throws what `onSpawn` throws, after killing the program.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const result = await runOnce(options);
  if (options.setsid === undefined || !mayNotHaveStarted(result, options)) return result;
  // Deno's own way says for certain why the program cannot be started, or starts it after all.
  const timeoutMs = Math.max(0, options.timeoutMs - result.durationMs);
  return await runOnce({ ...options, setsid: undefined, timeoutMs });
}

async function runOnce(options: ProcessOptions): Promise<ProcessResult> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const startedMs = performance.now();
  let child: Deno.ChildProcess;
  try {
    child = spawn(options);
  } catch (error) {
    return notSpawned(await explainSpawnError(options.entrypoint, options.cwd, error));
  }
  const stdout = readBounded(child.stdout, limits.stdoutBytes);
  const stderr = readBounded(child.stderr, limits.stderrBytes);
  const exited = statusOf(child);
  const { markedBy, env } = options;
  const owned = { child, exited, readers: [stdout, stderr], markedBy, mark: env[markedBy] ?? "" };
  try {
    options.onSpawn(child.pid);
  } catch (error) {
    await killAtOnce(owned, limits);
    throw error;
  }

  const stdin = child.stdin.getWriter();
  const fed = feed(stdin, options.input);
  const cause = await untilFirstCause(exited, options);
  const leftovers = cause === "exit"
    ? await endWhatIsLeft(owned, limits)
    : await endRun(owned, limits);
  const status = await within(
    exited,
    leftovers.kind === "left" ? limits.drainMs : limits.disappearMs,
  );
  // A child in its own session may hold the other end and never read.
  await settlesWithin(Promise.all([stdin.abort().catch(() => {}), fed]), limits.drainMs);
  const result: Ended = {
    kind: "ended",
    cause,
    exitCode: status?.code,
    signal: status?.signal,
    stdout: stdout.result(),
    stderr: stderr.result(),
    leftovers,
    timeoutMs: options.timeoutMs,
    durationMs: performance.now() - startedMs,
  };
  const error = await explainEnvFailure(options.entrypoint, result.exitCode);
  return error === undefined ? result : notSpawned({ error, isPassing: false, isMissing: false });
}

function notSpawned(failure: StartFailure): NotSpawned {
  return { kind: "not spawned", ...failure };
}

/** Whether setsid may have ended before it became the program. */
function mayNotHaveStarted(result: ProcessResult, { entrypoint }: ProcessOptions): result is Ended {
  if (result.kind !== "ended" || result.cause !== "exit") return false;
  const { exitCode, stdout, stderr, leftovers } = result;
  return leftovers.kind === "none" &&
    resemblesSetsidFailure(entrypoint, { exitCode, stdout: stdout.bytes, stderr: stderr.bytes });
}

/** A program that never reads its stdin, or closes it early, may still answer: that is no error. */
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

/**
 * After a gateway was frozen, it finds both that the program has exited and that its time is over. The
 * exit may have been first, so the event loop gets two turns to report it.
 */
async function untilFirstCause(
  exited: Promise<ExitStatus>,
  { timeoutMs, interrupt }: ProcessOptions,
): Promise<"exit" | "timeout" | "interrupted"> {
  using deadline = wait(timeoutMs, interrupt);
  await Promise.race([exited, deadline.done]);
  for (let turn = 0; turn < 2; turn++) {
    if (await settlesWithin(exited, 0)) return "exit";
  }
  return interrupt.aborted ? "interrupted" : "timeout";
}
