import fc from "fast-check";
import assert from "node:assert/strict";
import { findIds, nearestIds, shortenIds } from "../../src/reader/jobs.ts";
import { readHistory, type WrittenJob } from "../support/history.ts";

const jobsOf = (ids: readonly string[]) =>
  ids.map((id): WrittenJob => ({ id, status: "queued", createdAt: 0 }));

Deno.test("a short id is the shortest beginning of at least 8 characters that only one job has", () => {
  const ids = ["aaaaaaaa-1", "aaaaaaaa-2", "bbbbbbbbbbbb", "c"];
  const short = readHistory([], jobsOf(ids), (reader) => shortenIds(reader, ids));
  assert.deepEqual([...short.values()], ["aaaaaaaa-1", "aaaaaaaa-2", "bbbbbbbb", "c"]);
});

Deno.test("each short id finds its own job and no other", () => {
  const id = fc.string({ unit: fc.constantFrom(..."ab-"), minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 30 }), (ids) => {
      readHistory([], jobsOf(ids), (reader) => {
        for (const [whole, short] of shortenIds(reader, ids)) {
          const found = findIds(reader, short, 9);
          assert.ok(short === whole || (found.length === 1 && found[0] === whole));
        }
      });
    }),
    { numRuns: 20 },
  );
});

Deno.test("the nearest ids share the longest beginning with what was typed", () => {
  const ids = ["abcd", "abce", "abx", "z"];
  const near = (text: string, limit = 9) =>
    readHistory([], jobsOf(ids), (reader) => nearestIds(reader, text, limit));
  assert.deepEqual(near("abcx"), ["abcd", "abce"]);
  assert.deepEqual(near("abcx", 1), ["abcd"]);
  assert.deepEqual(near("azz"), ["abcd", "abce", "abx"]);
  assert.deepEqual(near("q"), []);
});
