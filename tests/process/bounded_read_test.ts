import fc from "fast-check";
import assert from "node:assert/strict";
import { readBounded } from "../../src/process/bounded_read.ts";

/** A byte stream, as those of a process are, of these chunks. */
function byteStream(chunks: readonly Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) return controller.enqueue(chunk.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

Deno.test("the first bytes are kept up to the limit, and the rest is counted", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }));
  await fc.assert(fc.asyncProperty(chunks, fc.nat(60), async (list, limit) => {
    const reader = readBounded(byteStream(list), limit);
    await reader.done;
    const whole = list.flatMap((chunk) => [...chunk]);
    const { bytes, dropped } = reader.result();
    assert.deepEqual([...bytes], whole.slice(0, limit));
    assert.equal(dropped, Math.max(0, whole.length - limit));
  }));
});

Deno.test("a cancelled read keeps what arrived before", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(Uint8Array.of(1, 2)),
  });
  const reader = readBounded(stream, 10);
  while (reader.result().bytes.length === 0) await Promise.resolve();
  await reader.cancel();
  await reader.done;
  assert.deepEqual(reader.result(), { bytes: Uint8Array.of(1, 2), dropped: 0 });
});

Deno.test("a stream that fails counts as ended", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.error(new Error("broken")),
  });
  const reader = readBounded(stream, 10);
  await reader.done;
  assert.deepEqual(reader.result(), { bytes: new Uint8Array(), dropped: 0 });
});
