import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Attempt } from "../core/attempt.ts";
import type { Ending } from "../core/ending.ts";
import { isCommand, type Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { decideEnding } from "../plugin/ending.ts";
import { type NotStarted, type Run, runPlugin } from "../plugin/run.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import type { ProcessLimits } from "../process/process.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Store } from "../store/store.ts";
import { reportPid, reportRun } from "./report.ts";

/** What an attempt works with. */
export interface AttemptParts {
  readonly store: Store;
  /** The gateway's own environment, of which a plugin sees a fixed part. */
  readonly env: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly log: Log;
  readonly pluginLog: Log;
  /** Ends the running plugin once aborted. */
  readonly interrupt: AbortSignal;
  readonly limits?: Partial<ProcessLimits> | undefined;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/** Runs the plugin of a claimed job once. Whatever happens is an ending; nothing is settled yet. */
export async function attemptJob(parts: AttemptParts, setup: Setup, job: Job): Promise<Attempt> {
  const task = findTask(setup, job);
  const run = task.kind === "task" ? await runTask(parts, task, job) : task;
  const ending = decideEnding(run);
  if (run.kind === "ended") reportRun(parts, job, run, ending);
  return toAttempt(job, run, ending, parts.now());
}

/** What a job asks for: which plugin, and how long it may take. */
interface Task {
  readonly kind: "task";
  readonly spec: PluginSpec;
  readonly timeoutMs: number;
}

/** The task of a job; its row may name a plugin or a command that there is not. */
function findTask({ plugins }: Setup, { plugin, command }: Job): Task | NotStarted {
  const spec = plugins.get(plugin);
  if (spec === undefined) {
    const error = `plugin "${plugin}" is not loaded; see its error at the start of the log`;
    return notStarted("spawn", error);
  }
  if (!isCommand(command) || !spec.commands.includes(command)) {
    const known = spec.commands.join(", ");
    return notStarted("spawn", `plugin "${plugin}" has no command "${command}", only ${known}`);
  }
  return { kind: "task", spec, timeoutMs: spec.timeoutsMs[command] };
}

async function runTask(
  parts: AttemptParts,
  { spec, timeoutMs }: Task,
  job: Job,
): Promise<Run> {
  const { store, log, now, interrupt } = parts;
  const readState = () => store.states.read(spec.name);
  const read = await retryStorage("read state", readState, log, interrupt);
  if (!read.ok) return notStarted("interrupted", "stopped before it was spawned");
  const stored = read.value;
  if (!stored.ok) return notStarted("state", stored.error);
  const request = {
    jobId: job.id,
    command: job.command,
    config: spec.config,
    state: stored.state,
    deadlineAt: now() + timeoutMs,
  };
  const onSpawn = (pid: number) => recordPid(parts, job, pid);
  return await runPlugin(spec, request, timeoutMs, { ...parts, onSpawn });
}

/** The pid is only for recovery, so a storage failure here must not fail the job. */
function recordPid({ store, log, onCheckpoint }: AttemptParts, job: Job, pid: number): void {
  onCheckpoint?.("spawned");
  let failure: unknown;
  try {
    store.jobs.recordPid(job.id, pid);
  } catch (error) {
    failure = error;
  }
  reportPid(log, job, pid, failure);
}

function notStarted(reason: NotStarted["reason"], error: string): NotStarted {
  return { kind: "not started", reason, error };
}

function toAttempt(job: Job, run: Run, ending: Ending, endedAt: number): Attempt {
  const common = { job, ending, endedAt };
  if (run.kind === "not started") return { ...common, durationMs: 0, stderr: "", stdout: "" };
  const { exitCode, signal, durationMs, stdout, stderr } = run;
  const decode = ({ bytes }: { readonly bytes: Uint8Array }) => new TextDecoder().decode(bytes);
  const texts = { stderr: decode(stderr), stdout: decode(stdout) };
  return { ...common, exitCode, signal, durationMs, ...texts };
}
