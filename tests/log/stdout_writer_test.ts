import assert from "node:assert/strict";
import { type Dropped, StdoutWriter } from "../../src/log/stdout_writer.ts";

/** A reader of the log that accepts what `take` allows, and records it. */
function createReader(take: (bytes: Uint8Array) => number | Promise<number> = (b) => b.length) {
  const chunks: string[] = [];
  const told: Dropped[] = [];
  const writer = new StdoutWriter(
    async (bytes) => {
      const taken = await take(bytes);
      chunks.push(new TextDecoder().decode(bytes.subarray(0, taken)));
      return taken;
    },
    (dropped) => told.push(dropped),
  );
  return {
    write: (line: string) => writer.write(line, "gateway"),
    writeAsPlugin: (line: string) => writer.write(line, "plugin"),
    flush: (limitMs: number) => writer.flush(limitMs),
    told,
    text: () => chunks.join(""),
  };
}

/** A gate at which `take` waits until it opens. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: () => resolve() };
}

const A_MEGABYTE = 1024 * 1024;

Deno.test("lines arrive in order, even those written while others are in transit", async () => {
  const { text, ...writer } = createReader();
  writer.write("one\n");
  writer.write("two\n");
  await Promise.resolve();
  writer.write("three\n");
  await writer.flush(1_000);
  assert.equal(text(), "one\ntwo\nthree\n");
});

Deno.test("a line written while the last of a burst goes out is not left behind", async () => {
  const { text, ...writer } = createReader();
  for (let turn = 0; turn < 20; turn++) {
    writer.write(`a${turn}\n`);
    for (let step = 0; step < turn; step++) await Promise.resolve();
    writer.write(`b${turn}\n`);
    await writer.flush(1_000);
    assert.ok(text().endsWith(`a${turn}\nb${turn}\n`), `turn ${turn}`);
  }
});

Deno.test("a line that is taken in pieces arrives whole", async () => {
  const { text, ...writer } = createReader((bytes) => Math.min(3, bytes.length));
  writer.write("a long line\n");
  await writer.flush(1_000);
  assert.equal(text(), "a long line\n");
});

Deno.test("while nobody reads, plugins may fill half of the buffer, and the gateway all of it", async () => {
  const gate = createGate();
  const { told, text, ...writer } = createReader(async (bytes) => {
    await gate.passed;
    return bytes.length;
  });
  const line = (letter: string) => letter.repeat(A_MEGABYTE / 4 - 1) + "\n";
  for (let n = 0; n < 20; n++) writer.writeAsPlugin(line("p"));
  for (let n = 0; n < 20; n++) writer.write(line("g"));
  assert.deepEqual(told, []);
  gate.open();
  await writer.flush(1_000);
  assert.equal(text(), line("p").repeat(16) + line("g").repeat(16));
  assert.deepEqual(told, [{ lines: 8, cause: "the reader is too slow" }]);
});

Deno.test("more than the buffer holds may pass if the reader keeps up", async () => {
  const { told, text, ...writer } = createReader();
  const line = "x".repeat(A_MEGABYTE - 1) + "\n";
  for (let n = 0; n < 30; n++) {
    writer.writeAsPlugin(line);
    await writer.flush(1_000);
  }
  assert.deepEqual([text().length, told], [30 * A_MEGABYTE, []]);
});

Deno.test("a line that cannot be written is counted, and the next one starts on a new line", async () => {
  let isFull = false;
  let room = 4;
  const { told, text, ...writer } = createReader((bytes) => {
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
  assert.deepEqual(told, [{ lines: 1, cause: "No space left on device" }]);
});

Deno.test("nothing is written to a closed pipe again", async () => {
  let writes = 0;
  const { told, ...writer } = createReader(() => {
    writes++;
    throw new Deno.errors.BrokenPipe();
  });
  for (let n = 0; n < 3; n++) {
    writer.write("line\n");
    await writer.flush(1_000);
  }
  assert.deepEqual({ writes, told }, { writes: 1, told: [] });
});

Deno.test("a flush waits no longer than its limit for a reader that does not read", async () => {
  const gate = createGate();
  const { text, ...writer } = createReader(async (bytes) => {
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

Deno.test("a flush continues to wait while a slow reader reads, but not forever", async () => {
  for (const [lines, written] of [[4, 4], [1_000, undefined]] as const) {
    let isGone = false;
    const { text, ...writer } = createReader(async (bytes) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (isGone) throw new Deno.errors.BrokenPipe();
      return bytes.length;
    });
    const line = `${"x".repeat(4_000)}\n`; // two of them are more than one write
    for (let n = 0; n < lines; n++) writer.write(line);
    await writer.flush(60);
    isGone = true;
    const count = text().length / line.length;
    if (written === undefined) assert.ok(count > 0 && count < lines, `${count} lines`);
    else assert.equal(count, written);
    await writer.flush(1_000);
  }
});

Deno.test("a pipe that is full for a while neither loses nor tears a line", async () => {
  let refusals = 0;
  const { text, told, ...writer } = createReader((bytes) => {
    if (refusals++ % 3 !== 2) throw new Deno.errors.WouldBlock();
    return Math.min(3, bytes.length);
  });
  writer.write("first line\n");
  writer.write("second line\n");
  await writer.flush(10_000);
  assert.equal(text(), "first line\nsecond line\n");
  assert.deepEqual(told, []);
});

Deno.test("no write is larger than what a pipe takes whole or not at all", async () => {
  const sizes: number[] = [];
  const { text, ...writer } = createReader((bytes) => (sizes.push(bytes.length), bytes.length));
  writer.write(`${"x".repeat(10_000)}\n`);
  await writer.flush(1_000);
  assert.deepEqual(sizes, [4_096, 4_096, 1_809]);
  assert.equal(text().length, 10_001);
});

Deno.test("lines that wait are written together, as many as a pipe takes whole", async () => {
  const gate = createGate();
  const chunks: string[] = [];
  const { text, ...writer } = createReader(async (bytes) => {
    await gate.passed;
    chunks.push(new TextDecoder().decode(bytes));
    return bytes.length;
  });
  const lines = Array.from({ length: 100 }, (_, n) => `${n} ${"x".repeat(96)}\n`);
  for (const line of lines) writer.write(line);
  gate.open();
  await writer.flush(1_000);
  assert.equal(text(), lines.join(""));
  assert.ok(chunks.length <= 4, `${chunks.length} writes of 10 kB`);
  for (const chunk of chunks) {
    assert.ok(chunk.length <= 4_096);
    assert.ok(chunk.endsWith("\n"), "no line in two writes");
  }
});

Deno.test("of lines that are written together, only those that are lost count", async () => {
  let room = 12;
  let isFull = false;
  const { text, told, ...writer } = createReader((bytes) => {
    if (isFull) throw new Error("No space left on device");
    const taken = Math.min(room, bytes.length);
    isFull = taken === room;
    room -= taken;
    return taken;
  });
  writer.write("first\n"); // goes out alone
  await writer.flush(1_000);
  room = 10;
  writer.write("1\n");
  for (const line of ["second\n", "third\n", "fourth\n"]) writer.write(line);
  await writer.flush(1_000);
  isFull = false;
  room = Infinity;
  writer.write("last\n");
  await writer.flush(1_000);
  assert.equal(text(), "first\n1\nsecond\nt\nlast\n");
  assert.deepEqual(told, [{ lines: 2, cause: "No space left on device" }]);
});
