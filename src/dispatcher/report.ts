import { describeFault } from "../base/error_message.ts";
import { isoTime } from "../base/iso_time.ts";
import type { Answer } from "../core/ending.ts";
import { breakerAt } from "../core/breaker.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { forwardLogs, logStderr } from "../plugin/plugin_log.ts";
import type { Setup } from "../plugin/setup.ts";
import type { ListedProcess } from "../process/listing.ts";
import type { Ended } from "../process/process.ts";
import type { Swept } from "../process/sweep.ts";
import type { Settled } from "./settle.ts";

const whose = (job: Job) => ({ plugin: job.plugin, job_id: job.id });

/** The most keys of a payload that a line names. */
const MAX_KEYS = 20;

/** Says that a job is taken from the queue, and which part of its row is ignored. */
export function reportClaim(log: Log, job: Job): void {
  log.debug("Job claimed", { ...whose(job), attempt: job.attempt });
  const keys = Object.keys(job.payload);
  if (keys.length === 0) return;
  const some = keys.slice(0, MAX_KEYS);
  log.warn("Job payload ignored", { ...whose(job), command: job.command, keys: some });
}

/** Says which process runs a job. */
export function reportSpawn(log: Log, job: Job, pid: number): void {
  log.debug("Plugin spawned", { ...whose(job), pid });
}

/** Says that recovery will not know the process of a job. */
export function reportPidNotRecorded(log: Log, job: Job, pid: number, error: string): void {
  log.warn("Cannot record the plugin's pid", { ...whose(job), pid, error });
}

/** Says what there is to say of a run besides how it ended. */
export function reportRun(
  { log, pluginLog }: { readonly log: Log; readonly pluginLog: Log },
  job: Job,
  run: Ended,
  said: { readonly stderr: string; readonly answer: Answer | undefined },
): void {
  const { stdout, stderr } = run;
  const { answer } = said;
  log.debug("Plugin ended", {
    ...whose(job),
    cause: run.cause,
    exit_code: run.exitCode,
    signal: run.signal,
    stdout_bytes: stdout.bytes.length + stdout.dropped,
    stderr_bytes: stderr.bytes.length + stderr.dropped,
  });
  logStderr(pluginLog, whose(job), { text: said.stderr, droppedBytes: stderr.dropped });
  if (stdout.dropped > 0) {
    log.warn("Plugin stdout is over the limit, the rest was discarded", {
      ...whose(job),
      dropped_bytes: stdout.dropped,
    });
  }
  if (run.leftovers.kind === "ended") {
    log.warn("Killed processes that the plugin left behind", whose(job));
  }
  if (run.leftovers.kind === "output held") {
    log.warn("Plugin's output is held open by a process that cannot be found", whose(job));
  }
  if (answer === undefined) return;
  forwardLogs(pluginLog, whose(job), answer);
  for (const { field, meant } of answer.mistyped) {
    log.warn("Answer field ignored", { ...whose(job), field, did_you_mean: meant });
  }
  const events = answer.events.length + answer.leftOut.events;
  if (events > 0) {
    log.debug("Events dropped, routing is not part of this version", { ...whose(job), events });
  }
}

/** Says that a plugin cannot be spawned just now. */
export function reportSpawnPutOff(log: Log, job: Job, error: string): void {
  log.warn("Plugin cannot be spawned now, trying again", { ...whose(job), error });
}

/** Says which processes cannot be ended and hold back their plugin. */
export function reportHeld(log: Log, job: Job, left: readonly ListedProcess[]): void {
  log.error("Processes cannot be ended, plugin held back until they are gone", {
    ...whose(job),
    processes: left.map(({ pid, name, user }) => ({ pid, name, user })),
  });
}

/** Says that a plugin is no longer held back. */
export function reportFree(log: Log, job: Job): void {
  log.info("Processes are gone, plugin no longer held back", whose(job));
}

/** Says that a job that this gateway does not run is marked as running. */
export function reportStray(log: Log, job: Job): void {
  log.warn("Job is marked as running, but not by this gateway", whose(job));
}

/** Says that an earlier attempt at a job had left processes, which were ended. */
export function reportLeftoversEnded(log: Log, job: Job): void {
  log.warn("Ended the processes of an earlier attempt", { ...whose(job), attempt: job.attempt });
}

/** Says in one line how a job ended. */
export function reportSettled(log: Log, { attempt, verdict }: Settled): void {
  const { job, ending } = attempt;
  const fields = {
    ...whose(job),
    ...(!ending.ok && { reason: ending.reason, error: ending.error }),
    attempt: job.attempt,
    duration_ms: Math.round(attempt.durationMs),
  };
  if (verdict.status === "succeeded") log.info("Job succeeded", fields);
  else if (verdict.status === "queued") {
    if (verdict.notBefore === undefined) {
      log.warn("Job interrupted, queued for the next start", fields);
    } else {
      const retry = { next_attempt_at: isoTime(verdict.notBefore), max_attempts: job.maxAttempts };
      log.warn("Job failed, retrying", { ...fields, ...retry });
    }
  } else log.error(verdict.status === "dead" ? "Job dead" : "Job failed", fields);
}

/** Says once that the circuit breaker of an entry has opened, and what closes it; and that it has closed. */
export function reportBreaker(
  log: Log,
  { attempt: { job, endedAt }, health }: Settled,
  { plugins }: Pick<Setup, "plugins">,
): void {
  if (health === undefined || job.command !== "poll") return;
  const policy = plugins.get(job.plugin)?.circuitBreaker;
  const was = breakerAt(health.before, policy, endedAt);
  const is = breakerAt(health.after, policy, endedAt);
  if (was.state !== "closed" && is.state === "closed") {
    log.info("Circuit breaker closed", { plugin: job.plugin });
  } else if (was.state === "closed" && is.state === "open") {
    log.warn("Circuit breaker opened, polls stop until one succeeds", {
      plugin: job.plugin,
      failures: health.after.failures,
      next_try_at: isoTime(is.until),
    });
  }
}

/** Says that a job met a fault of the gateway, and what became of the job. */
export function reportFault(
  log: Log,
  job: Job,
  fault: unknown,
  outcome: "failed" | "ended before" | "not settled",
): void {
  const { error, at } = describeFault(fault);
  const reason = outcome === "failed" ? "internal" : undefined;
  log.error(
    outcome === "failed"
      ? "Job failed because of a gateway fault"
      : outcome === "ended before"
      ? "Gateway fault after the job had ended"
      : "Job not settled because of a gateway fault, trying again at the next tick",
    { ...whose(job), reason, attempt: job.attempt, error, at },
  );
}

/** Says that an attempt could not be settled because its job is no longer running. */
export function reportLost(log: Log, job: Job): void {
  log.error("Job is no longer running, result discarded", whose(job));
}

/** What became of the processes of an orphan, for people. */
const LEFTOVERS: Readonly<Record<Swept["outcome"], string>> = {
  none: "gone",
  ended: "killed",
  left: "cannot be ended",
  recycled: "recycled",
  unknown: "unknown: the processes cannot be listed",
};

/** Says what became of a job that a crash left running. */
export function reportRecovered(
  log: Log,
  settled: Settled,
  leftovers: Swept["outcome"],
): void {
  const { attempt: { job, ending }, verdict } = settled;
  if (verdict.status === "failed") reportSettled(log, settled);
  log.warn("Orphaned job recovered", {
    ...whose(job),
    status: verdict.status,
    reason: ending.ok ? undefined : ending.reason,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    pid: job.pid,
    leftover_processes: LEFTOVERS[leftovers],
  });
}
