import assert from "node:assert/strict";
import {
  readAttempts,
  readAttemptsAfter,
  readLastAttempts,
  readLastFailure,
  readLastRow,
} from "../../src/reader/attempts.ts";
import { readJob } from "../../src/reader/jobs.ts";
import type { Reader } from "../../src/reader/reader.ts";
import { readHistory, type WrittenJob } from "../support/history.ts";

const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const FAILED = { status: "failed", reason: "exit", error: "it broke" } as const;

const JOBS: readonly WrittenJob[] = [
  {
    id: "a",
    status: "failed",
    createdAt: 0,
    attempts: [
      { ...FAILED, endedAt: NOW, retryAt: NOW + 1, stderr: "one\n" },
      { status: "interrupted", reason: "interrupted", endedAt: NOW + 5, retryAt: NOW + 5 },
      { ...FAILED, endedAt: NOW + 9, stderr: "two\0\n", stdout: "{}\0" },
    ],
  },
  { id: "b", plugin: "web", status: "succeeded", createdAt: 0, attempts: [{ endedAt: NOW + 9 }] },
  {
    id: "c",
    plugin: "web",
    status: "queued",
    createdAt: 0,
    attempts: [
      { ...FAILED, endedAt: NOW + 20, retryAt: NOW + 50 },
    ],
  },
  {
    id: "d",
    plugin: "web",
    status: "queued",
    createdAt: 0,
    attempts: [
      { status: "interrupted", reason: "interrupted", endedAt: NOW + 30, retryAt: NOW + 30 },
    ],
  },
];

function read<T>(read: (reader: Reader) => T): T {
  return readHistory(["mail", "web"], JOBS, read);
}

/** Each as its job and its number. */
function attemptsOf(id: string) {
  return read((reader) => {
    const job = readJob(reader, id);
    assert.ok(job);
    return readAttempts(reader, job).map(({ jobId, attempt }) => `${jobId}${attempt}`);
  });
}

Deno.test("the attempts at a job are all that ended, and only its own", () => {
  assert.deepEqual(attemptsOf("a"), ["a1", "a2", "a3"]);
  assert.deepEqual(attemptsOf("b"), ["b1"]); // it ended in the same millisecond as a
  assert.deepEqual(attemptsOf("c"), ["c1"]);
});

Deno.test("an attempt is read whole, with what follows a NUL", () => {
  const [, , last] = read((reader) => readLastAttempts(reader, "mail", 9));
  assert.deepEqual([last?.stderr, last?.stdout], ["two\0\n", "{}\0"]);
  assert.deepEqual(
    [last?.status, last?.reason, last?.error, last?.endedAt, last?.retryAt, last?.exitCode],
    ["failed", "exit", "it broke", NOW + 9, undefined, undefined],
  );
});

Deno.test("the last attempts are the newest ones, the oldest first, of one plugin or of all", () => {
  const last = (plugin: string | undefined, limit: number) =>
    read((reader) => readLastAttempts(reader, plugin, limit))
      .map(({ jobId, attempt }) => `${jobId}${attempt}`).join(" ");
  assert.equal(last(undefined, 9), "a1 a2 a3 b1 c1 d1");
  assert.equal(last(undefined, 3), "b1 c1 d1");
  assert.equal(last("web", 2), "c1 d1");
  assert.equal(last("gone", 2), "");
});

Deno.test("those that follow are the oldest after a row", () => {
  const after = (plugin: string | undefined, row: bigint, limit: number) =>
    read((reader) => readAttemptsAfter(reader, plugin, row, limit)).map(({ row }) => row).join(" ");
  assert.equal(read(readLastRow), 6n);
  assert.equal(after(undefined, 3n, 9), "4 5 6");
  assert.equal(after(undefined, 3n, 2), "4 5");
  assert.equal(after("web", 4n, 9), "5 6");
  assert.equal(after("mail", 3n, 9), "");
  assert.equal(readHistory([], [], readLastRow), 0n);
});

Deno.test("the last failure is an attempt that failed, retried or not, and never an interrupted one", () => {
  const failure = (plugin: string | undefined) => {
    const found = read((reader) => readLastFailure(reader, plugin));
    return found && `${found.jobId}${found.attempt}`;
  };
  assert.equal(failure("mail"), "a3");
  assert.equal(failure("web"), "c1");
  assert.equal(failure(undefined), "c1");
  assert.equal(failure("gone"), undefined);
  const dead: WrittenJob[] = [...JOBS, {
    id: "e",
    status: "dead",
    createdAt: 0,
    attempts: [
      { status: "dead", reason: "interrupted", endedAt: NOW + 40 },
    ],
  }];
  for (const plugin of ["mail", undefined]) {
    const found = readHistory(["mail", "web"], dead, (reader) => readLastFailure(reader, plugin));
    assert.equal(found?.jobId, "e");
  }
});
