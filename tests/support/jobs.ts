import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import type { Attempt } from "../../src/core/attempt.ts";
import {
  type Answer,
  type Ending,
  type Failure,
  type Reason,
  storedUpdates,
} from "../../src/core/ending.ts";
import type { Job } from "../../src/core/job.ts";
import type { NewJob } from "../../src/store/jobs.ts";
import type { Store } from "../../src/store/store.ts";

/** Enqueues a poll job of the plugin "echo", with `changes`, and returns its id. */
export function enqueueJob(store: Store, changes: Partial<NewJob> = {}): string {
  return store.jobs.enqueue({
    plugin: "echo",
    command: "poll",
    maxAttempts: 4,
    submittedBy: "scheduler",
    now: Date.now(),
    dueAt: changes.now ?? Date.now(),
    ...changes,
  });
}

/** An empty answer, with `changes`. */
export function answerOf(changes: Partial<Answer> = {}): Answer {
  const leftOut = { events: 0, logs: 0 };
  const nothing = { updates: {}, events: [], logs: [], leftOut, mistyped: [], retry: undefined };
  return { ...nothing, ...changes };
}

/** The ending of a plugin that answered ok. */
export function success(updates: JsonObject = {}): Ending {
  return { ok: true, answer: answerOf({ updates }) };
}

/** The ending of an attempt that did not succeed. */
export function failure(reason: Reason): Failure {
  return { ok: false, reason, error: `it was ${reason}` };
}

/** An attempt that ended, by default with success and at once. */
export function attemptOf(job: Job, changes: Partial<Attempt> = {}): Attempt {
  const { ending = success() } = changes;
  return {
    job,
    ending,
    updates: storedUpdates(ending, []),
    endedAt: job.startedAt,
    durationMs: 0,
    stderr: "",
    stdout: "",
    ...changes,
  };
}

/** A claimed job, as the queue returns it. */
export function jobOf(changes: Partial<Job> = {}): Job {
  return {
    seq: 1n,
    id: "j1",
    plugin: "echo",
    command: "poll",
    payload: {},
    attempt: 1,
    maxAttempts: 4,
    submittedBy: "scheduler",
    createdAt: 0,
    dueAt: 0,
    startedAt: 0,
    pid: undefined,
    ...changes,
  };
}

/** Enqueues a job and claims it at `now`, so that it is a running one of any age. */
export function claimJob(store: Store, changes: Partial<NewJob> = {}): Job {
  enqueueJob(store, changes);
  const job = store.jobs.claim(changes.now ?? Date.now());
  assert.ok(job);
  return job;
}
