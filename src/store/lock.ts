import { dirname, join } from "node:path";
import { messageOf } from "../base/error_message.ts";
import { identityOf, lstatIfThere, realPath } from "../base/file.ts";
import { LOCK_NAME } from "../base/lock_name.ts";
import { mayPass, StorageUnreachable } from "../sqlite/storage_error.ts";

/** A held lock. Disposing of it lets it go. */
export interface Lock extends Disposable {
  readonly path: string;
  /** Whether a gateway found the database damaged, and no check since has found it whole. */
  readonly isMarkedDamaged: boolean;
  /** Leaves a mark for the next start, or takes it away. */
  markDamaged(isDamaged: boolean): void;
  /**
   * Whether the lock file at the path is still the one that is held: only that one keeps others away.
   *
   * @throws {StorageUnreachable} where the file system does not tell.
   */
  isInPlace(): boolean;
}

/** What came of taking the lock. */
export type LockResult =
  | { readonly kind: "taken"; readonly lock: Lock }
  /** Another process holds it; its pid, or "unknown". */
  | { readonly kind: "held"; readonly path: string; readonly holderPid: string }
  /** Its file cannot be used as a lock. */
  | { readonly kind: "unusable"; readonly path: string; readonly error: string };

/** All that a gateway writes into it; and what a power cut may make of that. */
const OURS = /^(\d{1,10}( run)?\n)?(damaged\n)?\0*$/;

/** What the lock file holds after the pid if the database was found damaged. */
const DAMAGED = "damaged";

/**
 * Takes the lock that keeps a second gateway away from the same database: flock(2) on
 * `senechal-gw.lock` beside the file that `statePath` leads to. The kernel lets it go when this
 * process ends, however that happens, so a lock file without a holder is no obstacle. Source:
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
      return { kind: "unusable", path, error: "it holds something else, and is left as it is" };
    }
    return { kind: "taken", lock: holdLock(file, path, statePath) };
  } catch (error) {
    if (mayPass(error)) throw new StorageUnreachable(path, error);
    return { kind: "unusable", path, error: messageOf(error) };
  }
}

function lockPathOf(statePath: string): string {
  return join(dirname(realPath(statePath)), LOCK_NAME);
}

/**
 * Opens a regular file of this user's own, under one name only, without following a link: whatever
 * else may be at the path, it is not written to.
 *
 * @returns why there is none to open.
 */
function openLockFile(path: string): Deno.FsFile | string {
  const found = lstatIfThere(path);
  if (found === undefined) {
    return Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
  }
  if (!found.isFile) return "it is not a regular file";
  if (found.nlink !== 1) return "it has a second name";
  if (found.uid !== ownUserId(dirname(path))) return "it belongs to another user";
  const file = Deno.openSync(path, { read: true, write: true });
  if (identityOf(file.statSync()) === identityOf(found)) return file;
  file.close();
  return "it was replaced just now";
}

/** The owner of a file that has just been made: Deno does not tell a user id without one more permission. */
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

/** On a full disk the file may stay empty. The lock is no worse for it. */
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

/** The holder writes its pid just after it takes the lock, so an empty file is read again. */
function readHolder(file: Deno.FsFile): string {
  using _file = file;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 20; attempt++) {
    const text = readText(file);
    const [, pid] = /^(\d{1,10})(?: run)?\n/.exec(text) ?? [];
    if (text !== "") return pid ?? "unknown";
    Atomics.wait(pause, 0, 0, 10);
  }
  return "unknown";
}

/** The first bytes of the file, which are all that a gateway writes. */
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
