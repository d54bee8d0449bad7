import { dirname, join } from "node:path";
import { messageOf } from "../base/error_message.ts";
import { identityOf, lstatIfThere, realPath } from "../base/file.ts";
import { LOCK_NAME } from "../core/lock_name.ts";
import { mayPass, StorageUnreachable } from "../sqlite/storage_error.ts";

/** A held lock. Disposing of it releases it. */
export interface Lock extends Disposable {
  readonly path: string;
  /** Whether a gateway found the database damaged, and no later check found it intact. */
  readonly isMarkedDamaged: boolean;
  /** Leaves a mark for the next start, or removes it. */
  markDamaged(isDamaged: boolean): void;
  /**
   * Whether the lock file at the path is still the held one: only that keeps others away.
   *
   * @throws {StorageUnreachable} if the file system does not tell.
   */
  isInPlace(): boolean;
}

/** The result of taking the lock. */
export type LockResult =
  | { readonly kind: "taken"; readonly lock: Lock }
  /** Another process holds it; its pid, or "unknown". */
  | { readonly kind: "held"; readonly path: string; readonly holderPid: string }
  /** Its file cannot be used as a lock. */
  | { readonly kind: "unusable"; readonly path: string; readonly error: string };

/** Everything that a gateway writes into it, or that a power cut may make of that. */
const OURS = /^(\d{1,10}( run)?\n)?(damaged\n)?\0*$/;

/** The pid of a gateway, or of a command that runs one job. */
const HOLDER = /^(\d{1,10})( run)?\n/;

const OTHER_DATA = "it holds other data";

/** What the lock file holds after the pid if the database was found damaged. */
const DAMAGED = "damaged";

/**
 * Takes the lock that keeps a second gateway away from the same database: flock(2) on
 * `senechal-gw.lock` beside the file that `statePath` leads to. The kernel releases it when this
 * process ends, however it ends, so a lock file without a holder is no obstacle. Source:
 * docs/decisions.md, "The lock".
 *
 * @throws {StorageUnreachable} on a full or read-only disk.
 */
export function takeLock(statePath: string): LockResult {
  let path = join(dirname(statePath), LOCK_NAME);
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    path = lockPathOf(statePath);
    const file = openLockFile(path);
    if (typeof file === "string") return { kind: "unusable", path, error: file };
    if (!file.tryLockSync(true)) return { kind: "held", path, holderPid: readHolder(file) };
    if (!OURS.test(readText(file))) {
      file.close();
      return { kind: "unusable", path, error: `${OTHER_DATA}; left unchanged` };
    }
    return { kind: "taken", lock: holdLock(file, path, statePath) };
  } catch (error) {
    if (mayPass(error)) throw new StorageUnreachable(path, error);
    return { kind: "unusable", path, error: messageOf(error) };
  }
}

/** What the lock file says, for those who leave it alone. */
export interface LockFacts {
  readonly path: string;
  /** Why no gateway can take it; `undefined` if one can. */
  readonly obstacle: string | undefined;
  /** Who wrote into it last, and has not released it in an orderly way. */
  readonly pid: number | undefined;
  /** Whether that is a command which runs one job. */
  readonly isCommand: boolean;
  readonly isMarkedDamaged: boolean;
}

/**
 * Reads the lock file beside the database; `undefined` if there is none. Never takes the lock.
 *
 * @throws if the file system does not allow it.
 */
export function readLock(statePath: string): LockFacts | undefined {
  const path = lockPathOf(statePath);
  const found = lstatIfThere(path);
  if (found === undefined) return undefined;
  const obstacle = findObstacle(found);
  const nobody = { pid: undefined, isCommand: false, isMarkedDamaged: false };
  if (obstacle !== undefined) return { path, obstacle, ...nobody };
  using file = Deno.openSync(path);
  const text = readText(file);
  const [, pid, run] = HOLDER.exec(text) ?? [];
  return {
    path,
    obstacle: OURS.test(text) ? undefined : OTHER_DATA,
    pid: pid === undefined ? undefined : Number(pid),
    isCommand: run !== undefined,
    isMarkedDamaged: text.split("\n").includes(DAMAGED),
  };
}

function lockPathOf(statePath: string): string {
  return join(dirname(realPath(statePath)), LOCK_NAME);
}

/**
 * Opens a regular file of this user that has only one name, without following a link. Never writes to
 * anything else at the path.
 *
 * @returns the file, or why it cannot be opened.
 */
function openLockFile(path: string): Deno.FsFile | string {
  const found = lstatIfThere(path);
  if (found === undefined) return createLockFile(path) ?? openLockFile(path);
  const obstacle = findObstacle(found);
  if (obstacle !== undefined) return obstacle;
  if (found.uid !== ownUserId(dirname(path))) return "it belongs to another user";
  const file = Deno.openSync(path, { read: true, write: true });
  if (identityOf(file.statSync()) === identityOf(found)) return file;
  file.close();
  return "it was just replaced";
}

function findObstacle({ isFile, nlink }: Deno.FileInfo): string | undefined {
  if (!isFile) return "it is not a regular file";
  return nlink === 1 ? undefined : "it has a second name";
}

/** `undefined` if another process was faster. */
function createLockFile(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

/** This user's id, from a new file: Deno does not tell it otherwise without one more permission. */
function ownUserId(folder: string): number | null {
  const path = join(folder, `senechal-gw.${crypto.randomUUID()}.tmp`);
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  try {
    return file.statSync().uid;
  } finally {
    Deno.removeSync(path);
  }
}

function holdLock(file: Deno.FsFile, path: string, statePath: string): Lock {
  const held = identityOf(file.statSync());
  let isMarkedDamaged = readText(file).split("\n").includes(DAMAGED);
  const write = (pid: string) => rewrite(file, pid + (isMarkedDamaged ? `${DAMAGED}\n` : ""));
  try {
    write(`${Deno.pid}\n`);
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    path,
    get isMarkedDamaged() {
      return isMarkedDamaged;
    },
    markDamaged(isDamaged) {
      isMarkedDamaged = isDamaged;
      attempt(() => write(`${Deno.pid}\n`));
    },
    isInPlace: () => isAt(held, statePath),
    /** The file stays: deleting a lock file lets two processes hold a lock of the same name. */
    [Symbol.dispose]() {
      attempt(() => write(""));
      file.close();
    },
  };
}

/** On a full disk the file may stay empty. The lock works all the same. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // As above.
  }
}

function isAt(held: string, statePath: string): boolean {
  try {
    const found = lstatIfThere(lockPathOf(statePath));
    return found !== undefined && identityOf(found) === held;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new StorageUnreachable(statePath, error);
  }
}

/** The holder writes its pid just after taking the lock, so this reads an empty file again. */
function readHolder(file: Deno.FsFile): string {
  using _file = file;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 20; attempt++) {
    const text = readText(file);
    const [, pid] = HOLDER.exec(text) ?? [];
    if (text !== "") return pid ?? "unknown";
    Atomics.wait(pause, 0, 0, 10);
  }
  return "unknown";
}

/** The first bytes of the file; a gateway writes no more than these. */
function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(64);
  file.seekSync(0, Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

function rewrite(file: Deno.FsFile, text: string): void {
  file.truncateSync();
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode(text));
}
