import assert from "node:assert/strict";
import { StdoutWriter } from "../../src/log/stdout_writer.ts";

/** A reader of the log that takes what `take` allows, and remembers what it got. */
function createReader(take: (bytes: Uint8Array) => number | Promise<number> = (b) => b.length) {
  const chunks: string[] = [];
  const told: number[] = [];
  const writer = new StdoutWriter(
    async (bytes) => {
      const taken = await take(bytes);
      chunks.push(new TextDecoder().decode(bytes.subarray(0, taken)));
      return taken;
    },
    (count) => told.push(count),
  );
  return { writer, told, text: () => chunks.join("") };
}

/** A gate that `take` waits at until it is opened. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: () => resolve() };
}

const A_MEGABYTE = 1024 * 1024;

Deno.test("lines arrive in order, also those written while others are on their way", async () => {
  const { writer, text } = createReader();
  writer.write("one\n");
  writer.write("two\n");
  await Promise.resolve();
  writer.write("three\n");
  await writer.flush(1_000);
  assert.equal(text(), "one\ntwo\nthree\n");
});

Deno.test("a line that is written as the last of a burst goes out is not left behind", async () => {
  const { writer, text } = createReader();
  for (let turn = 0; turn < 20; turn++) {
    writer.write(`a${turn}\n`);
    for (let step = 0; step < turn; step++) await Promise.resolve();
    writer.write(`b${turn}\n`);
    await writer.flush(1_000);
    assert.ok(text().endsWith(`a${turn}\nb${turn}\n`), `turn ${turn}`);
  }
});

Deno.test("a line that is taken in pieces arrives whole", async () => {
  const { writer, text } = createReader((bytes) => Math.min(3, bytes.length));
  writer.write("a long line\n");
  await writer.flush(1_000);
  assert.equal(text(), "a long line\n");
});

Deno.test("what does not fit into a megabyte is dropped, and told once a line gets through", async () => {
  const gate = createGate();
  const { writer, told, text } = createReader(async (bytes) => {
    await gate.passed;
    return bytes.length;
  });
  const line = "x".repeat(A_MEGABYTE / 4 - 1) + "\n";
  for (let n = 0; n < 7; n++) writer.write(line);
  assert.deepEqual(told, []);
  gate.open();
  await writer.flush(1_000);
  assert.equal(text().length, A_MEGABYTE);
  assert.deepEqual(told, [3]);
});

Deno.test("a line that cannot be written is counted, and the next one starts on a line of its own", async () => {
  let isFull = false;
  let room = 4;
  const { writer, told, text } = createReader((bytes) => {
    if (isFull) throw new Error("No space left on device");
    const taken = Math.min(room, bytes.length);
    room -= taken;
    isFull = room === 0;
    return taken;
  });
  writer.write("half of it\n");
  await writer.flush(1_000);
  isFull = false;
  room = Infinity;
  writer.write("whole\n");
  await writer.flush(1_000);
  assert.equal(text(), "half\nwhole\n");
  assert.deepEqual(told, [1]);
});

Deno.test("a reader that went away is not written to again", async () => {
  let writes = 0;
  const { writer, told } = createReader(() => {
    writes++;
    throw new Deno.errors.BrokenPipe();
  });
  for (let n = 0; n < 3; n++) {
    writer.write("line\n");
    await writer.flush(1_000);
  }
  assert.deepEqual({ writes, told }, { writes: 1, told: [] });
});

Deno.test("a flush does not wait longer than it may for a reader that does not read", async () => {
  const gate = createGate();
  const { writer, text } = createReader(async (bytes) => {
    await gate.passed;
    return bytes.length;
  });
  writer.write("line\n");
  await writer.flush(1);
  assert.equal(text(), "");
  gate.open();
  await writer.flush(1_000);
  assert.equal(text(), "line\n");
});
