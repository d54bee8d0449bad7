import { dirname, join } from "node:path";
import { messageOf } from "../base/error_message.ts";

/** What came of taking the lock. */
export type LockResult =
  | { readonly kind: "taken"; readonly lock: Disposable }
  /** Another process holds it; its pid, or "unknown". */
  | { readonly kind: "held"; readonly path: string; readonly holderPid: string }
  /** Its file cannot be opened or written. */
  | { readonly kind: "unusable"; readonly path: string; readonly error: string };

/**
 * Takes the lock that keeps a second gateway away from the same database: flock(2) on
 * `senechal-gw.lock` beside it. The kernel lets it go when this process ends, however that happens,
 * so a lock file without a holder is no obstacle. Source: docs/decisions.md, "The lock".
 */
export function takeLock(statePath: string): LockResult {
  const path = join(dirname(statePath), "senechal-gw.lock");
  let file: Deno.FsFile;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    return { kind: "unusable", path, error: messageOf(error) };
  }
  if (!file.tryLockSync(true)) {
    file.close();
    return { kind: "held", path, holderPid: readHolder(path) };
  }
  try {
    file.truncateSync();
    file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch (error) {
    file.close();
    return { kind: "unusable", path, error: messageOf(error) };
  }
  return { kind: "taken", lock: { [Symbol.dispose]: () => release(file) } };
}

/** The holder writes its pid just after it takes the lock, so an empty file is read again. */
function readHolder(path: string): string {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 20; attempt++) {
    const pid = Deno.readTextFileSync(path).trim();
    if (pid !== "") return pid;
    Atomics.wait(pause, 0, 0, 10);
  }
  return "unknown";
}

/** The file stays: deleting a lock file lets two processes hold a lock of the same name. */
function release(file: Deno.FsFile): void {
  file.truncateSync();
  file.close();
}
