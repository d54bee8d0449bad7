import type { OnCheckpoint } from "../base/checkpoint.ts";
import { backoffMs, wait } from "../base/wait.ts";
import type { Redact } from "../base/redact.ts";
import { type Attempt, MAX_KEPT_CHARS } from "../core/attempt.ts";
import { storedUpdates } from "../core/ending.ts";
import { isCommand, type Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { decideEnding } from "../plugin/ending.ts";
import { redactRun } from "../plugin/own_secrets.ts";
import { textOfStderr } from "../plugin/plugin_log.ts";
import { encodeRequest } from "../plugin/protocol.ts";
import { type NotStarted, type Run, runPlugin } from "../plugin/run.ts";
import { describeAbsence, type PluginSpec, type Setup } from "../plugin/setup.ts";
import type { ProcessLimits } from "../process/process.ts";
import { passingStorageError } from "../sqlite/storage_error.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { Store } from "../store/store.ts";
import type { Holds } from "./holds.ts";
import { reportPidNotRecorded, reportRun, reportSpawn, reportSpawnPutOff } from "./report.ts";

/** What an attempt works with. */
export interface AttemptParts {
  readonly store: Store;
  /** The gateway's own environment; a plugin sees a fixed part of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  readonly pluginLog: Log;
  /** Path of setsid(1), if there is one. */
  readonly setsid: string | undefined;
  readonly holds: Holds;
  /** Once aborted, nothing more is spawned. */
  readonly stop: AbortSignal;
  /** When aborted, ends the running plugin as its deadline would. */
  readonly interrupt: AbortSignal;
  readonly limits?: Partial<ProcessLimits> | undefined;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/** Nothing was spawned, but may be later: no attempt is used up. */
export type PutOff = "put off";

/**
 * Runs the plugin of a claimed job once. Every outcome is an ending, unless nothing could be spawned
 * just now. It settles nothing yet.
 */
export async function attemptJob(
  parts: AttemptParts,
  setup: Setup,
  job: Job,
): Promise<Attempt | PutOff> {
  const found = findPlugin(setup, job);
  const made = found.kind === "found"
    ? await runJob(parts, setup, found, job)
    : { run: found, redact: setup.redact };
  if (made === "put off") return made;
  const { run, redact } = made;
  const ending = decideEnding(run, redact);
  const traces = tracesOf(run, redact);
  if (run.kind === "ended") {
    if (run.leftovers.kind === "left") parts.holds.add(job, run.leftovers.left);
    reportRun(parts, job, run, { stderr: traces.stderr, answer: ending.answer });
  }
  const stateOnError = found.kind === "found" ? found.plugin.stateOnError : [];
  const updates = storedUpdates(ending, stateOnError);
  return { job, ending, updates, endedAt: parts.now(), ...traces };
}

/** The plugin of a job, and how long the job may take. */
interface FoundPlugin {
  readonly kind: "found";
  readonly plugin: PluginSpec;
  readonly timeoutMs: number;
}

/** Finds the plugin of a job, whose row may hold anything. */
function findPlugin(setup: Setup, job: Job): FoundPlugin | NotStarted {
  const { plugin: name, command, unreadable } = job;
  if (unreadable !== undefined) return notStarted("row", unreadable);
  const plugin = setup.plugins.get(name);
  if (plugin === undefined) return notStarted("spawn", describeAbsence(setup, name));
  if (!isCommand(command) || !plugin.commands.includes(command)) {
    const known = plugin.commands.join(", ");
    return notStarted(
      "spawn",
      `plugin "${name}" does not support the command "${command}", only ${known}`,
    );
  }
  return { kind: "found", plugin, timeoutMs: plugin.timeoutsMs[command] };
}

/** A run, and what masks the secrets in it. */
interface Made {
  readonly run: Run;
  readonly redact: Redact;
}

async function runJob(
  parts: AttemptParts,
  setup: Setup,
  { plugin, timeoutMs }: FoundPlugin,
  job: Job,
): Promise<Made | PutOff> {
  const { store, log, now, stop } = parts;
  const readState = () => store.states.read(plugin.name);
  const read = await retryStorage("read state", readState, log, stop);
  if (!read.ok) return "put off";
  const stored = read.value;
  if (!stored.ok) return { run: notStarted("state", stored.error), redact: setup.redact };
  const onSpawn = (pid: number) => recordPid(parts, job, pid);
  const run = await retrySpawn(parts, job, () => {
    const bytes = encodeRequest({
      jobId: job.id,
      command: job.command,
      config: plugin.config,
      state: stored.state,
      deadlineAt: now() + timeoutMs,
      dueAt: job.dueAt,
      attempt: job.attempt,
    });
    return runPlugin(plugin, { jobId: job.id, dueAt: job.dueAt, bytes, timeoutMs }, {
      ...parts,
      onSpawn,
    });
  });
  return run === "put off" ? run : { run, redact: redactRun(setup, plugin, stored.state, run) };
}

/** How often a spawn is tried before other jobs get their turn. */
const TRIES = 3;

/**
 * Waits for a machine that has no room for a process just now, or for a file that is being written: for
 * a moment here, then by holding back the plugin, so that others can run.
 */
async function retrySpawn(
  { log, holds, stop }: AttemptParts,
  job: Job,
  run: () => Promise<Run>,
): Promise<Run | PutOff> {
  while (true) {
    const result = await run();
    if (result.kind === "ended" || !result.isPassing) return result;
    const times = holds.putOff(job);
    if (times === 1) reportSpawnPutOff(log, job, result.error);
    if (times >= TRIES) return "put off";
    using pause = wait(backoffMs(times - 1), stop);
    await pause.done;
    if (stop.aborted) return "put off";
  }
}

/**
 * The pid is only for recovery, so a storage failure here must not fail the job.
 *
 * @throws any error that is not a storage failure.
 */
function recordPid({ store, log, onCheckpoint }: AttemptParts, job: Job, pid: number): void {
  onCheckpoint?.("spawned");
  reportSpawn(log, job, pid);
  try {
    store.jobs.recordPid(job.id, pid);
  } catch (error) {
    const reason = passingStorageError(error);
    if (reason === undefined) throw error;
    reportPidNotRecorded(log, job, pid, reason);
  }
}

function notStarted(reason: NotStarted["reason"], error: string): NotStarted {
  return { kind: "not started", reason, error, isFinal: true };
}

/** What a run leaves besides its ending, as it may be shown and stored. */
function tracesOf(
  run: Run,
  redact: Redact,
): Omit<Attempt, "job" | "ending" | "updates" | "endedAt"> {
  if (run.kind === "not started") return { durationMs: 0, stderr: "", stdout: "" };
  const { exitCode, signal, durationMs } = run;
  const stdout = redact(beginningOf(run.stdout.bytes), true);
  return { exitCode, signal, durationMs, stderr: textOfStderr(run.stderr, redact), stdout };
}

/** No UTF-16 unit takes more bytes than this in UTF-8. */
const BYTES_OF_UNIT = 3;

/** As much of an output as is kept. The rest, which may be ten megabytes, is not even decoded. */
function beginningOf(bytes: Uint8Array): string {
  const kept = bytes.subarray(0, BYTES_OF_UNIT * MAX_KEPT_CHARS);
  const text = new TextDecoder().decode(kept, { stream: kept.length < bytes.length });
  return text.slice(0, MAX_KEPT_CHARS);
}
