import type { OnCheckpoint } from "../base/checkpoint.ts";
import type { Log } from "../log/log.ts";
import type { PluginSpec } from "../plugin/discovery.ts";
import { pluginEnvironment } from "../plugin/environment.ts";
import { judge, type Outcome } from "../plugin/ending.ts";
import { forwardLogs, logStderr } from "../plugin/plugin_log.ts";
import { type ProcessLimits, type ProcessResult, runProcess } from "../process/process.ts";
import { encodeRequest } from "../plugin/protocol.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import { type AttemptRecord, type Job, statusAfterInterruption } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";

/** What a dispatcher is made of. */
export interface DispatcherParts {
  readonly store: Store;
  readonly plugins: readonly PluginSpec[];
  /** The gateway's own environment, of which a plugin sees a fixed part. */
  readonly env: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly log: Log;
  readonly pluginLog: Log;
  /** No new claims once aborted. */
  readonly stop: AbortSignal;
  /** Ends the running plugin once aborted. */
  readonly interrupt: AbortSignal;
  readonly limits?: Partial<ProcessLimits>;
  readonly onCheckpoint?: OnCheckpoint | undefined;
}

/** A job that was run, and how that ended. */
export interface Dispatched {
  readonly job: Job;
  readonly record: AttemptRecord;
}

/** Claims, runs and settles one job after the other. */
export type Dispatcher = ReturnType<typeof createDispatcher>;

/** Makes a dispatcher; the loop around {@link Dispatcher.dispatchNext} belongs to the gateway. */
export function createDispatcher(parts: DispatcherParts) {
  const { store, now, log, stop, onCheckpoint } = parts;
  const plugins = new Map(parts.plugins.map((plugin) => [plugin.name, plugin]));

  /** Claims the oldest job, runs it and settles it. `undefined` when there is none, or at a stop. */
  async function dispatchNext(): Promise<Dispatched | undefined> {
    if (stop.aborted) return undefined;
    const claimed = await retryStorage("claim", () => store.jobs.claim(now()), log, stop);
    if (!claimed.ok || claimed.value === undefined) return undefined;
    const job = claimed.value;
    log.debug("Job claimed", { plugin: job.plugin, job_id: job.id, attempt: job.attempt });
    onCheckpoint?.("claimed");

    const startedMs = performance.now();
    const { outcome, result } = await run(job);
    const durationMs = performance.now() - startedMs;
    onCheckpoint?.("answered");
    const settled = await retryStorage(
      "settle",
      () => settle(job, outcome, result, durationMs),
      log,
      parts.interrupt,
    );
    if (!settled.ok) return undefined;
    if (settled.value === undefined) {
      log.error("Job was not marked as running any more, outcome dropped", {
        plugin: job.plugin,
        job_id: job.id,
      });
      return undefined;
    }
    logEnd(job, settled.value);
    return { job, record: settled.value };
  }

  async function run(job: Job): Promise<{ outcome: Outcome; result?: ProcessResult }> {
    const plugin = plugins.get(job.plugin);
    if (plugin === undefined) {
      const error = `plugin "${job.plugin}" is not loaded; see its error at the start of the log`;
      return { outcome: { ok: false, reason: "spawn", error } };
    }
    const readState = () => store.pluginState.read(plugin.name);
    const read = await retryStorage("read state", readState, log, parts.interrupt);
    if (!read.ok) {
      return {
        outcome: { ok: false, reason: "interrupted", error: "stopped before it was spawned" },
      };
    }
    const stored = read.value;
    if (!stored.ok) return { outcome: { ok: false, reason: "state", error: stored.error } };
    const request = {
      jobId: job.id,
      command: job.command,
      config: plugin.config,
      state: stored.state,
      deadlineAt: now() + plugin.timeoutsMs.poll,
    };
    const result = await runProcess({
      entrypoint: plugin.entrypoint,
      cwd: plugin.folder,
      env: pluginEnvironment(parts.env, plugin, job.id),
      input: encodeRequest(request),
      timeoutMs: plugin.timeoutsMs.poll,
      interrupt: parts.interrupt,
      onSpawn: (pid) => onSpawn(job, pid),
      ...(parts.limits && { limits: parts.limits }),
    });
    const outcome = judge(result, plugin.timeoutsMs.poll);
    logRun(job, result, outcome);
    return { outcome, result };
  }

  /** The pid is only for recovery, so a storage failure here must not fail the job. */
  function onSpawn(job: Job, pid: number): void {
    onCheckpoint?.("spawned");
    const fields = { plugin: job.plugin, job_id: job.id, pid };
    log.debug("Plugin spawned", fields);
    try {
      store.jobs.recordPid(job.id, pid);
    } catch (error) {
      log.warn("Cannot note the plugin's pid for recovery", { ...fields, error: String(error) });
    }
  }

  /**
   * One transaction: the state, the job's row and the log row, or nothing. `undefined` where another
   * program has changed the job's row meanwhile.
   */
  function settle(
    job: Job,
    outcome: Outcome,
    result: ProcessResult | undefined,
    durationMs: number,
  ): AttemptRecord | undefined {
    return store.transaction(() => {
      const updates = outcome.ok ? outcome.response.state_updates : {};
      const merged = Object.keys(updates).length > 0
        ? store.pluginState.merge(job.plugin, updates)
        : undefined;
      const final: Outcome = merged?.ok === false
        ? { ...outcome, ok: false, reason: "state", error: merged.error }
        : outcome;
      const record = toRecord(job, final, result, durationMs, now());
      if (!store.jobs.settle(job, record)) return undefined;
      onCheckpoint?.("settling");
      if (merged?.ok) store.pluginState.write(job.plugin, merged.json, now());
      return record;
    });
  }

  /** What the run left to say besides how it ended. */
  function logRun(job: Job, result: ProcessResult, outcome: Outcome): void {
    if (result.kind === "not spawned") return;
    const fields = { plugin: job.plugin, job_id: job.id };
    log.debug("Plugin ended", {
      ...fields,
      cause: result.cause,
      exit_code: result.exitCode,
      signal: result.signal,
      stdout_bytes: result.stdout.bytes.length + result.stdout.dropped,
      stderr_bytes: result.stderr.bytes.length + result.stderr.dropped,
    });
    logStderr(parts.pluginLog, fields, result.stderr);
    if (result.stdout.dropped > 0) {
      log.warn("Plugin wrote more to stdout than is read", {
        ...fields,
        dropped_bytes: result.stdout.dropped,
      });
    }
    if (result.leftChildren) log.warn("Plugin left processes behind, killed", fields);
    if (outcome.response === undefined) return;
    forwardLogs(parts.pluginLog, fields, outcome.response.logs);
    const events = outcome.response.events.length;
    if (events > 0) {
      log.debug("Events dropped, routing is not part of this version", { ...fields, events });
    }
  }

  function logEnd(job: Job, record: AttemptRecord): void {
    const fields = {
      plugin: job.plugin,
      job_id: job.id,
      ...(record.reason && { reason: record.reason, error: record.error }),
      attempt: job.attempt,
      duration_ms: Math.round(record.durationMs),
    };
    if (record.status === "succeeded") log.info("Job succeeded", fields);
    else if (record.status === "interrupted") {
      log.warn("Job interrupted, queued for the next start", fields);
    } else log.error(record.status === "dead" ? "Job dead" : "Job failed", fields);
  }

  return { dispatchNext };
}

function toRecord(
  job: Job,
  outcome: Outcome,
  result: ProcessResult | undefined,
  durationMs: number,
  completedAt: number,
): AttemptRecord {
  const ended = result?.kind === "ended" ? result : undefined;
  const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
  const common = {
    completedAt,
    durationMs,
    exitCode: ended?.exitCode,
    signal: ended?.signal,
    stderr: decode(ended?.stderr.bytes),
    retry: outcome.response?.retry,
  };
  if (outcome.ok) return { status: "succeeded", ...common };
  const failed = {
    ...common,
    reason: outcome.reason,
    error: outcome.error,
    stdout: decode(ended?.stdout.bytes),
  };
  if (outcome.reason !== "interrupted") return { status: "failed", ...failed };
  return { ...failed, status: statusAfterInterruption(job) };
}
