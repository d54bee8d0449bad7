import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { findState } from "../config/state_place.ts";
import { describeConfigProblem, type FileProblem } from "../document/problem.ts";
import { type Reader, readState } from "../reader/reader.ts";
import { DatabaseUnusable } from "../sqlite/storage_error.ts";
import type { Seat } from "./command.ts";

/** What a command found, or the exit code with which it ends. */
export type Looked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ExitCode };

/** The files that a command looks at. */
export interface Place {
  /** Absolute, like the next. */
  readonly configPath: string;
  readonly statePath: string;
  /** The config file as it is now. */
  readonly text: string;
}

/**
 * Gives `read` one moment of the database that the config at `path` names, and closes it, so that a reader
 * who never scrolls holds up nothing. Works with a gateway or without, and never takes its lock. Complains
 * if it cannot.
 */
export async function look<T>(
  seat: Pick<Seat, "env">,
  path: string,
  read: (reader: Reader, place: Place) => T,
): Promise<Looked<T>> {
  const found = await findPlace(seat, path);
  if (!found.ok) return found;
  const { value: place } = found;
  return orComplain(readMoment(place.statePath, (reader) => read(reader, place)));
}

/** The files that the config at `path` names. Complains if it does not. */
export async function findPlace(
  { env }: Pick<Seat, "env">,
  path: string,
): Promise<Looked<Place>> {
  const place = await findState(path, (name) => env[name]);
  if (place.ok) return { ok: true, value: place };
  complainOfConfig(place.problems);
  return { ok: false, code: ExitCode.badConfig };
}

/** Complains of every problem of a config. */
export function complainOfConfig(problems: readonly FileProblem[]): void {
  for (const problem of problems) complain(describeConfigProblem(problem));
}

/** What was read, or why the database cannot be read. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

/** Complains if the database cannot be read. */
export function orComplain<T>(reading: Reading<T>): Looked<T> {
  if (reading.ok) return reading;
  complain(reading.error);
  return { ok: false, code: ExitCode.failure };
}

/** As {@link look}, of the database at `statePath`, and without complaining. */
export function readMoment<T>(statePath: string, read: (reader: Reader) => T): Reading<T> {
  return tryReading(() => readState(statePath, read));
}

/** What `read` returns, or why the database cannot be read. */
export function tryReading<T>(read: () => T): Reading<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    return { ok: false, error: error.message };
  }
}

/**
 * Whether the config has changed since the gateway read it.
 *
 * @param digest what `entries` keeps of it, see {@link digestOf}; `undefined` if it keeps nothing.
 */
export async function hasChanged(
  { text }: Pick<Place, "text">,
  digest: string | undefined,
): Promise<boolean> {
  return digest !== undefined && digest !== await digestOf(text);
}

/** The digest of a config that `entries` keeps: SHA-256, in hexadecimal. */
export async function digestOf(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

/** Says that the config has changed since the gateway read it, and what to do. */
export function describeChanged({ configPath }: Pick<Place, "configPath">): string {
  return `${configPath} has changed since the gateway read it; restart the gateway`;
}
