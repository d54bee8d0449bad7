import { wait } from "../base/wait.ts";
import type { LineWriter } from "./log.ts";

/** Writes bytes and says how many were taken, as `Deno.stdout.write` does. */
export type WriteBytes = (bytes: Uint8Array) => Promise<number>;

/** How much may wait for a slow reader before lines are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Writes lines in the background, so that a reader of the log that is slow or stuck cannot hold up the
 * gateway. Lines that do not fit into a megabyte of waiting ones, or cannot be written (the log is a
 * file on a full disk), are dropped and counted; `onDropped` is told the count once a line gets
 * through again. A reader that went away is forgotten.
 */
export class StdoutWriter implements LineWriter {
  readonly #writeBytes: WriteBytes;
  readonly #onDropped: (count: number) => void;
  readonly #encoder = new TextEncoder();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  /** Whether the last line was written only in part. */
  #isTorn = false;
  #readerIsGone = false;
  #writing: Promise<void> | undefined;

  constructor(writeBytes: WriteBytes, onDropped: (count: number) => void) {
    this.#writeBytes = writeBytes;
    this.#onDropped = onDropped;
  }

  /** Takes a line to be written as soon as the reader reads. Never waits, never throws. */
  write(line: string): void {
    if (this.#readerIsGone) return;
    const bytes = this.#encoder.encode(line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#writeWaiting();
  }

  /** Waits until everything is written, or for `limitMs` if the reader does not read. */
  async flush(limitMs: number): Promise<void> {
    using limit = wait(limitMs);
    await Promise.race([this.#writing, limit.done]);
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#readerIsGone) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const bytes of batch) {
        const isWritten = await this.#tryWrite(bytes);
        this.#waitingBytes -= bytes.length;
        if (isWritten) this.#reportDropped();
        else this.#dropped++;
      }
    }
    // In the same turn as the last check of what is waiting, so that no line is left.
    this.#writing = undefined;
  }

  async #tryWrite(line: Uint8Array): Promise<boolean> {
    let rest = this.#isTorn ? this.#encoder.encode("\n" + new TextDecoder().decode(line)) : line;
    try {
      while (rest.length > 0) {
        rest = rest.subarray(await this.#writeBytes(rest));
        this.#isTorn = rest.length > 0;
      }
      return true;
    } catch (error) {
      // Nobody reads any more, and there is no other place to say so.
      this.#readerIsGone = error instanceof Deno.errors.BrokenPipe;
      return false;
    }
  }

  #reportDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#onDropped(count);
  }
}
