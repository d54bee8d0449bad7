import type { JsonObject } from "../base/json.ts";

/** What a plugin can be asked to do. */
export const COMMANDS = ["poll"] as const;

/** One of the things that a plugin can be asked to do. */
export type Command = typeof COMMANDS[number];

/** Whether a text is one of the commands. */
export function isCommand(text: string): text is Command {
  return COMMANDS.some((command) => command === text);
}

/** The states of a job that has ended. */
export const ENDED_STATES = ["succeeded", "failed", "dead"] as const;

/** The states of a job: `job_queue.status`. */
export const JOB_STATES = ["queued", "running", ...ENDED_STATES] as const;
export type JobState = typeof JOB_STATES[number];

/** What `submitted_by` says of a job that a person asked for. */
export const OPERATOR = "operator";

/** A claimed job: everything needed to run and settle it. Times in milliseconds since the epoch. */
export interface Job {
  /** Its place in the queue, which also identifies its row. */
  readonly seq: bigint;
  readonly id: string;
  readonly plugin: string;
  /** As stored: a person may have written anything there. */
  readonly command: string;
  /** The input of the command; no command takes any yet. */
  readonly payload: JsonObject;
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly submittedBy: string;
  readonly createdAt: number;
  /** The time that the run is meant for, the same over all its attempts. */
  readonly dueAt: number;
  readonly startedAt: number;
  /** Process group of the plugin, once it has been spawned. */
  readonly pid: number | undefined;
  /** Why its row, written by a person, cannot be read. Such a job fails without a run. */
  readonly unreadable?: string | undefined;
}
