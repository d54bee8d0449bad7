import type { LineWriter } from "./log.ts";
import { wait } from "../base/wait.ts";

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
 * gateway. Lines that do not fit into a megabyte of waiting ones, or cannot be written (the log is a
 * file on a full disk), are dropped and counted; `onDropped` is told the count once a line gets
 * through again. A reader that went away is forgotten.
 */
export function createStdoutWriter(
  writeBytes: WriteBytes,
  onDropped: (count: number) => void,
): StdoutWriter {
  const encoder = new TextEncoder();
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let isTorn = false;
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
    while (waiting.length > 0 && !readerIsGone) {
      const batch = waiting;
      waiting = [];
      for (const bytes of batch) {
        const isWritten = await tryWrite(bytes);
        waitingBytes -= bytes.length;
        if (isWritten) reportDropped();
        else dropped++;
      }
    }
    writing = undefined; // in the same turn as the last look at `waiting`, so that no line is left
  }

  async function tryWrite(line: Uint8Array): Promise<boolean> {
    let rest = isTorn ? encoder.encode("\n" + new TextDecoder().decode(line)) : line;
    try {
      while (rest.length > 0) {
        rest = rest.subarray(await writeBytes(rest));
        isTorn = rest.length > 0;
      }
      return true;
    } catch (error) {
      // Nobody reads any more, and there is no other place to say so.
      readerIsGone = error instanceof Deno.errors.BrokenPipe;
      return false;
    }
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
