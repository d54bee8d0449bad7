import type { Answer } from "../core/ending.ts";
import type { Job } from "../core/job.ts";
import type { Log } from "../log/log.ts";
import { forwardLogs, logStderr } from "../plugin/plugin_log.ts";
import type { Leftovers } from "../process/group.ts";
import type { Ended } from "../process/process.ts";
import type { Settled } from "./settle.ts";

const whose = (job: Job) => ({ plugin: job.plugin, job_id: job.id });

/** Says that a job is taken from the queue. */
export function reportClaim(log: Log, job: Job): void {
  log.debug("Job claimed", { ...whose(job), attempt: job.attempt });
}

/** Says which process runs a job. */
export function reportSpawn(log: Log, job: Job, pid: number): void {
  log.debug("Plugin spawned", { ...whose(job), pid });
}

/** Says that recovery will not know the process of a job. */
export function reportPidNotRecorded(log: Log, job: Job, pid: number, error: string): void {
  log.warn("Cannot record the plugin's pid", { ...whose(job), pid, error });
}

/** Says what a run left to say besides how it ended. */
export function reportRun(
  { log, pluginLog }: { readonly log: Log; readonly pluginLog: Log },
  job: Job,
  run: Ended,
  answer: Answer | undefined,
): void {
  const { stdout, stderr } = run;
  log.debug("Plugin ended", {
    ...whose(job),
    cause: run.cause,
    exit_code: run.exitCode,
    signal: run.signal,
    stdout_bytes: stdout.bytes.length + stdout.dropped,
    stderr_bytes: stderr.bytes.length + stderr.dropped,
  });
  logStderr(pluginLog, whose(job), stderr);
  if (stdout.dropped > 0) {
    log.warn("Plugin stdout is over the limit, the rest was discarded", {
      ...whose(job),
      dropped_bytes: stdout.dropped,
    });
  }
  if (run.leftChildren) log.warn("Plugin left processes behind, killed", whose(job));
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
    log.warn("Job interrupted, queued for the next start", fields);
  } else log.error(verdict.status === "dead" ? "Job dead" : "Job failed", fields);
}

/** Says that an attempt could not be settled, as its job is no longer running. */
export function reportLost(log: Log, job: Job): void {
  log.error("Job is no longer running, result discarded", whose(job));
}

/** Says what became of a job that a crash left running. */
export function reportRecovered(
  log: Log,
  { attempt: { job, ending }, verdict }: Settled,
  leftovers: Leftovers,
): void {
  log.warn("Orphaned job recovered", {
    ...whose(job),
    status: verdict.status,
    reason: ending.ok ? undefined : ending.reason,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    pid: job.pid,
    leftover_processes: leftovers === "unknown" ? "not looked for: ps cannot be used" : leftovers,
  });
}
