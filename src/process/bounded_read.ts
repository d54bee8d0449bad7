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

/** Reads a stream to its end but keeps only the first `limit` bytes, so memory stays bounded. */
export function readBounded(stream: ReadableStream<Uint8Array>, limit: number): BoundedReader {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let dropped = 0;

  async function readAll(): Promise<void> {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      const room = Math.min(value.length, limit - kept);
      if (room > 0) chunks.push(value.subarray(0, room));
      kept += room;
      dropped += value.length - room;
    }
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
