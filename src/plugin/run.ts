import type { Reason } from "../core/ending.ts";
import { type Ended, type ProcessLimits, runProcess } from "../process/process.ts";
import type { PluginSpec } from "./discovery.ts";
import { JOB_ID, pluginEnvironment } from "./environment.ts";

/** How a run went: how its process ended, or why there was none. */
export type Run = Ended | NotStarted;

/** A run that started no process. */
export interface NotStarted {
  readonly kind: "not started";
  readonly reason: Reason;
  /** For people. */
  readonly error: string;
  /** Whether the machine only lacks room for a process now, so that the run may come later. */
  readonly isPassing?: boolean;
  /** Whether another attempt is bound to end the same way. */
  readonly isFinal?: boolean;
}

/** The input of a plugin, and the job it is for. */
export interface PluginInput {
  readonly jobId: string;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  /** All of its stdin. */
  readonly bytes: Uint8Array;
  /** How long the run may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a run needs from the gateway. */
export interface RunSurroundings {
  /** The gateway's own environment; a plugin gets part of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of setsid(1), if there is one. */
  readonly setsid: string | undefined;
  /** When aborted, ends the plugin as its deadline would. */
  readonly interrupt: AbortSignal;
  /** Limits that only tests change. */
  readonly limits?: Partial<ProcessLimits> | undefined;
  /** Called with the process group as soon as it exists, before the plugin gets its input. */
  readonly onSpawn?: ((pid: number) => void) | undefined;
}

/** Runs a plugin once, with its folder as working directory and its own environment. */
export async function runPlugin(
  plugin: PluginSpec,
  { jobId, dueAt, bytes, timeoutMs }: PluginInput,
  { env, setsid, interrupt, limits, onSpawn = () => {} }: RunSurroundings,
): Promise<Run> {
  const result = await runProcess({
    entrypoint: plugin.entrypoint,
    cwd: plugin.folder,
    env: pluginEnvironment(env, plugin, { jobId, dueAt }),
    setsid,
    markedBy: JOB_ID,
    input: bytes,
    timeoutMs,
    interrupt,
    onSpawn,
    limits,
  });
  if (result.kind === "ended") return result;
  const { error, isPassing, isMissing } = result;
  return { kind: "not started", reason: "spawn", error, isPassing, isFinal: isMissing };
}
