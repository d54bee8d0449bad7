import { dirname, join } from "node:path";
import { complain } from "../base/complain.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { lstatIfThere, realPath, removeAny } from "../base/file.ts";
import { WAKE_FILE, WAKE_FOLDER } from "../core/lock_name.ts";
import { createReader, type Reader } from "../reader/reader.ts";
import { DatabaseUnusable } from "../sqlite/storage_error.ts";
import { changeDatabase } from "../sqlite/writer.ts";
import { STATE_FORMAT } from "../store/format.ts";
import { type OwnerTables, prepareOwnerTables } from "../store/owner.ts";
import type { Seat } from "./command.ts";
import { explainUnknown } from "./entry_name.ts";
import { findPlace, type Looked } from "./look.ts";

/** What a command did, or why it did nothing. */
export type Changed<T> =
  | { readonly ok: true; readonly value: T }
  | Refusal;

/** Why a command did nothing. */
export interface Refusal {
  readonly ok: false;
  /** For people. */
  readonly error: string;
  /** Else the command exits with 1. */
  readonly code?: ExitCode;
  /** The name of no entry that the gateway has read. */
  readonly unknown?: string;
}

/** When, and by whom, a change is made. */
export interface Occasion {
  readonly reader: Reader;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly user: string;
}

/** What a command changes: rows, in the tables of the owner. */
export interface Change<T> {
  /** The command as it was typed, for the audit, without secrets. */
  readonly deed: readonly [command: string, ...args: readonly string[]];
  /** Runs inside the transaction. What it refuses leaves everything as it was. */
  carryOut(tables: OwnerTables, occasion: Occasion): Changed<T>;
}

/** Ends a transaction that is refused. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.error);
  }
}

/**
 * Carries out a change in one short transaction, adds it to the audit, and wakes the gateway, if one runs.
 *
 * @returns what came of it, or the exit code of a failure, which it has complained about.
 */
export async function change<T>(
  seat: Pick<Seat, "env" | "screen">,
  configPath: string,
  { deed: [command, ...args], carryOut }: Change<T>,
): Promise<Looked<T>> {
  const found = await findPlace(seat, configPath);
  if (!found.ok) return found;
  const { value: place } = found;
  const user = userOf(seat.env);
  try {
    const value = changeDatabase(place.statePath, STATE_FORMAT, (db) => {
      const tables = prepareOwnerTables(db);
      const reader = createReader(db);
      return () => {
        const now = seat.screen.now(); // not before: it may have waited for its turn
        const changed = carryOut(tables, { reader, now, user });
        if (!changed.ok) throw new Refused(changed);
        tables.audit.add({ at: now, user, command, args });
        return changed.value;
      };
    });
    touchWakeFile(place.statePath);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof Refused || error instanceof DatabaseUnusable)) throw error;
    const { unknown, code = ExitCode.failure } = error instanceof Refused
      ? error.refusal
      : { unknown: undefined };
    complain(await explainUnknown(error.message, unknown, place.text));
    return { ok: false, code };
  }
}

/** Who typed the command, as the environment says; the number of the user if it names nobody. */
function userOf({ SUDO_USER, LOGNAME, USER }: Seat["env"]): string {
  return SUDO_USER || LOGNAME || USER || uidOfThisProcess();
}

/** A file belongs to who makes it: this program may not ask the system for its user. */
function uidOfThisProcess(): string {
  try {
    const file = Deno.makeTempFileSync({ prefix: "senechal-user-" });
    const { uid } = Deno.statSync(file);
    Deno.removeSync(file);
    return uid === null ? "unknown" : `uid ${uid}`;
  } catch {
    return "unknown"; // no folder to make it in
  }
}

/**
 * Leaves a notice for the gateway that runs; one that gets lost costs a tick, and no more. The gateway makes
 * the folder, so without one there is nobody to tell. A plugin may have put a link there: the file is always
 * a new one, and no link is followed.
 */
function touchWakeFile(statePath: string): void {
  const folder = join(dirname(realPath(statePath)), WAKE_FOLDER);
  const file = join(folder, WAKE_FILE);
  try {
    const found = lstatIfThere(folder);
    if (found === undefined) return;
    if (!found.isDirectory) throw new Error(`${folder} is not a folder`);
    const before = lstatIfThere(file);
    if (before !== undefined) removeAny(file, before);
    Deno.openSync(file, { createNew: true, write: true, mode: 0o600 }).close();
  } catch (error) {
    if (isDoneByAnother(error)) return;
    complain(`The gateway finds this at its next tick only: ${messageOf(error)}`);
  }
}

/** Another command has just left its notice, or makes room for it. */
function isDoneByAnother(error: unknown): boolean {
  return error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotFound;
}
