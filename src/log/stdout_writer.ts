import { messageOf } from "../base/error_message.ts";
import { settlesWithin, wait } from "../base/wait.ts";
import type { LineWriter, Speaker } from "./log.ts";

/** Writes bytes and says how many were taken, as `Deno.stdout.write` does. */
export type WriteBytes = (bytes: Uint8Array) => Promise<number>;

/** Lines that are missing in the log, and why. */
export interface Dropped {
  readonly lines: number;
  /** For people. */
  readonly cause: string;
}

/**
 * How much may wait for the reader before a line is dropped. The lines of one run of a plugin fit into
 * its share; the other half is for the gateway's own: tens of thousands of lines.
 */
const MAX_WAITING_BYTES = { plugin: 4 * 1024 * 1024, gateway: 8 * 1024 * 1024 };

/** How long the program waits at its end for a log reader that does not read. */
const FLUSH_LIMIT_MS = 1_000;

/** PIPE_BUF: a pipe takes this much whole or not at all, so a refused write has written nothing. */
const PIECE_BYTES = 4_096;

const NEWLINE = "\n".charCodeAt(0);

/** The longest pause before a refused write is tried again. */
const MAX_PAUSE_MS = 100;

/** How many times a flush waits for a reader that takes something each time. */
const MAX_FLUSHES = 5;

const TOO_SLOW = "the reader is too slow";

/**
 * Writes lines in the background, so that a slow or stuck log reader cannot hold up the gateway. It drops
 * and counts lines for which there is no room, a plugin's first, or that cannot be written (the log is a
 * file on a full disk), and calls `onDropped` once everything that waited at that time is written. After
 * the reader has gone away, it writes nothing more.
 */
export class StdoutWriter implements LineWriter {
  readonly #writeBytes: WriteBytes;
  readonly #onDropped: (dropped: Dropped) => void;
  readonly #encoder = new TextEncoder();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** How many lines were dropped, by cause. */
  readonly #dropped = new Map<string, number>();
  /** Whether the last line was written only in part. */
  #isTorn = false;
  #readerIsGone = false;
  #writing: Promise<void> | undefined;

  constructor(writeBytes: WriteBytes, onDropped: (dropped: Dropped) => void) {
    this.#writeBytes = writeBytes;
    this.#onDropped = onDropped;
  }

  /** Takes a line to be written as soon as the reader reads. Never waits, never throws. */
  write(line: string, speaker: Speaker): void {
    if (this.#readerIsGone) return;
    const bytes = this.#encoder.encode(line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES[speaker]) {
      this.#countDropped(TOO_SLOW);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#writeWaiting();
  }

  /**
   * Waits until everything is written: at most `limitMs` for a reader that takes nothing, and
   * {@link MAX_FLUSHES} times as long for a slow one.
   */
  async flush(limitMs = FLUSH_LIMIT_MS): Promise<void> {
    let left = Infinity;
    for (let n = 0; n < MAX_FLUSHES && this.#writing && this.#waitingBytes < left; n++) {
      left = this.#waitingBytes;
      await settlesWithin(this.#writing, limitMs);
    }
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#readerIsGone) {
      const batch = this.#waiting.reverse();
      this.#waiting = [];
      let isWritten = false;
      while (batch.length > 0 && !this.#readerIsGone) {
        const lines = takeLines(batch);
        isWritten = await this.#tryWrite(lines);
        this.#waitingBytes -= lines.length;
      }
      if (isWritten) this.#reportDropped();
    }
    // In the same turn as the last check for waiting lines, so that none is left.
    this.#writing = undefined;
  }

  async #tryWrite(lines: Uint8Array): Promise<boolean> {
    let rest = this.#isTorn ? this.#encoder.encode("\n" + new TextDecoder().decode(lines)) : lines;
    try {
      while (rest.length > 0) {
        const taken = await this.#writeWhenReady(rest);
        if (taken > 0) this.#isTorn = rest[taken - 1] !== NEWLINE;
        rest = rest.subarray(taken);
      }
      return true;
    } catch (error) {
      // After a BrokenPipe nobody reads any more, and there is nowhere else to say so.
      this.#readerIsGone = error instanceof Deno.errors.BrokenPipe;
      this.#countDropped(messageOf(error), rest.filter((byte) => byte === NEWLINE).length);
      return false;
    }
  }

  /** A pipe may be set not to block: any process that shares this end can set it so. */
  async #writeWhenReady(bytes: Uint8Array): Promise<number> {
    for (let pauseMs = 1;; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        return await this.#writeBytes(bytes.subarray(0, PIECE_BYTES));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await wait(pauseMs).done;
      }
    }
  }

  #countDropped(cause: string, lines = 1): void {
    this.#dropped.set(cause, (this.#dropped.get(cause) ?? 0) + lines);
  }

  #reportDropped(): void {
    const dropped = [...this.#dropped].map(([cause, lines]) => ({ cause, lines }));
    this.#dropped.clear();
    for (const each of dropped) this.#onDropped(each);
  }
}

/**
 * Takes the first lines, which stand last in `batch`: as many as a pipe takes whole, or one that is longer.
 * A write takes a turn of the event loop, and many jobs side by side log more than one line in each.
 */
function takeLines(batch: Uint8Array[]): Uint8Array {
  const lines = new Uint8Array(PIECE_BYTES);
  let used = 0;
  for (let next = batch.at(-1); next && used + next.length <= PIECE_BYTES; next = batch.at(-1)) {
    lines.set(next, used);
    used += next.length;
    batch.pop();
  }
  return used === 0 ? batch.pop() ?? lines.subarray(0, 0) : lines.subarray(0, used);
}
