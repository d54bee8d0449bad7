import type { Reason } from "../core/ending.ts";
import {
  type Ended,
  type ProcessLimits,
  type ProcessResult,
  runProcess,
} from "../process/process.ts";
import type { PluginSpec } from "./discovery.ts";
import { pluginEnvironment } from "./environment.ts";
import { encodeRequest, type PluginRequest } from "./protocol.ts";

/** What there is to judge of an attempt: how a process ended, or why there was none. */
export type Run = Ended | NotStarted;

/** A run that did not come to a process. */
export interface NotStarted {
  readonly kind: "not started";
  readonly reason: Reason;
  /** For people. */
  readonly error: string;
}

/** What a run takes from the gateway around it. */
export interface RunSurroundings {
  /** The gateway's own environment, of which a plugin sees a fixed part. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the plugin as at its deadline when aborted. */
  readonly interrupt: AbortSignal;
  /** The limits that only tests change. */
  readonly limits?: Partial<ProcessLimits> | undefined;
  /** Told the process group as soon as it exists, before the plugin is fed. */
  readonly onSpawn: (pid: number) => void;
}

/** Runs a plugin once, with its folder as working directory and the request on its stdin. */
export async function runPlugin(
  spec: PluginSpec,
  request: PluginRequest,
  timeoutMs: number,
  { env, interrupt, limits, onSpawn }: RunSurroundings,
): Promise<ProcessResult> {
  return await runProcess({
    entrypoint: spec.entrypoint,
    cwd: spec.folder,
    env: pluginEnvironment(env, spec, request.jobId),
    input: encodeRequest(request),
    timeoutMs,
    interrupt,
    onSpawn,
    limits,
  });
}
