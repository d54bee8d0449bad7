import type { LineWriter } from "./log.ts";
import { wait } from "./wait.ts";

/** Writes bytes and says how many were taken, as `Deno.stdout.write` does. */
export type WriteBytes = (bytes: Uint8Array) => Promise<number>;

/** A line writer that never makes its caller wait. */
export interface StdoutWriter extends LineWriter {
  /** Waits until everything is written, or for `limitMs` where the reader does not read. */
  flush(limitMs: number): Promise<void>;
}

/** How much may wait for a slow reader before lines are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Writes lines in the background, so that a reader of the log that is slow or stuck cannot hold up the
 * gateway. What does not fit into a megabyte of waiting lines is dropped and counted, and `onDropped`
 * is told the count once reading resumes. A reader that went away is forgotten.
 */
export function createStdoutWriter(
  writeBytes: WriteBytes,
  onDropped: (count: number) => void,
): StdoutWriter {
  const encoder = new TextEncoder();
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let readerIsGone = false;
  let writing: Promise<void> | undefined;

  function write(line: string): void {
    if (readerIsGone) return;
    const bytes = encoder.encode(line);
    if (waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      dropped++;
      return;
    }
    waiting.push(bytes);
    waitingBytes += bytes.length;
    writing ??= writeWaiting();
  }

  async function writeWaiting(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        for (const bytes of batch) await writeAll(bytes);
        waitingBytes = waiting.reduce((sum, bytes) => sum + bytes.length, 0);
        reportDropped();
      }
    } catch {
      // BrokenPipe and the like: nobody reads any more, and there is no other place to say so.
      readerIsGone = true;
      waiting = [];
    }
    writing = undefined; // in the same turn as the last look at `waiting`, so that no line is left
  }

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await writeBytes(rest));
  }

  function reportDropped(): void {
    const count = dropped;
    dropped = 0;
    if (count > 0) onDropped(count);
  }

  async function flush(limitMs: number): Promise<void> {
    using limit = wait(limitMs);
    await Promise.race([writing, limit.done]);
  }

  return { write, flush };
}
