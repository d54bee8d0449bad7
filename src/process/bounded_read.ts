/** What was read from a stream: its first bytes up to a limit, and how many more were dropped. */
export interface BoundedRead {
  readonly bytes: Uint8Array;
  readonly dropped: number;
}

/** A read in progress. */
export interface BoundedReader {
  /** Settles at the end of the stream, or when the read is cancelled. Never rejects. */
  readonly done: Promise<void>;
  /** Stops reading, even if a process still holds the other end. */
  cancel(): Promise<void>;
  /** What has been read so far. */
  result(): BoundedRead;
}

/** As much as a pipe of Linux holds. */
const BUFFER_BYTES = 64 * 1024;

/** Buffers that are not in use. Two new ones for each plugin would be most of the gateway's garbage. */
const spare: ArrayBuffer[] = [];
const MAX_SPARE = 64;

/** Reads a byte stream to its end but keeps only the first `limit` bytes, so memory stays bounded. */
export function readBounded(stream: ReadableStream<Uint8Array>, limit: number): BoundedReader {
  const reader = stream.getReader({ mode: "byob" });
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let dropped = 0;

  async function readAll(): Promise<void> {
    let buffer = spare.pop() ?? new ArrayBuffer(BUFFER_BYTES);
    while (true) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (value === undefined) return; // cancelled: the buffer is gone, too
      buffer = value.buffer;
      if (done) break;
      const room = Math.min(value.length, limit - kept);
      if (room > 0) chunks.push(value.slice(0, room));
      kept += room;
      dropped += value.length - room;
    }
    if (spare.length < MAX_SPARE) spare.push(buffer);
  }

  return {
    // A read error means the same as the end of the stream: there is no more to read.
    done: readAll().catch(() => {}),
    cancel: () => reader.cancel().catch(() => {}),
    result: () => ({ bytes: concat(chunks, kept), dropped }),
  };
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
