import assert from "node:assert/strict";
import { isoTime } from "../../src/base/iso_time.ts";
import { keyOf, readLog } from "../../src/verify/log.ts";
import type { Resumes } from "../../src/verify/resumes.ts";
import type { EndedRow } from "../../src/verify/rows.ts";

const NOON = Date.parse("2026-01-31T12:00:00.000Z");

/** An attempt that ran for a second and ended `seconds` after noon. */
function rowOf(id: number, seconds: number, changes: Partial<EndedRow> = {}): EndedRow {
  const at = (ms: number) => isoTime(NOON + seconds * 1_000 + ms);
  return {
    id,
    plugin: "it",
    command: "poll",
    status: "failed",
    attempt: 1,
    durationMs: 1_000,
    submittedBy: "scheduler",
    createdAt: at(-1_000),
    startedAt: at(-1_000),
    completedAt: at(0),
    isFinal: true,
    isCounted: true,
    ...changes,
  };
}

/** What the log says, and what is found in it. */
function read(rows: readonly EndedRow[], loadedAt?: string, resumes: Resumes = new Map()) {
  const found: string[] = [];
  const facts = readLog(
    rows,
    loadedAt,
    resumes,
    (promise, _table, key) => found.push(`${promise} ${key}`),
  );
  return { ...facts, found };
}

Deno.test("the present config judges what ended after it was read, but nothing before a clock was set back", () => {
  const loadedAt = isoTime(NOON + 15_000);
  const rows = [rowOf(1, 10), rowOf(2, 20), rowOf(3, 30)];
  assert.equal(read(rows, loadedAt).presentFrom, 2);
  assert.equal(read([...rows, rowOf(4, 25)], loadedAt).presentFrom, 4);
  assert.equal(read([...rows, rowOf(4, 5)], loadedAt).presentFrom, 5);
  assert.equal(read(rows).presentFrom, 4);
});

Deno.test("the health that the log tells begins anew after a gap: what is missing may have been a success", () => {
  const fold = (rows: readonly EndedRow[]) => read(rows).folds.get(keyOf("it", "poll"));
  const whole = fold([rowOf(1, 10), rowOf(2, 20), rowOf(3, 30)]);
  assert.deepEqual([whole?.health.failures, whole?.attempts], [3, 3]);
  const pruned = fold([rowOf(1, 10), rowOf(3, 30), rowOf(4, 40, { isFinal: false })]);
  assert.deepEqual([pruned?.health.failures, pruned?.attempts], [1, 2]);
  const well = fold([rowOf(5, 10), rowOf(6, 20, { status: "succeeded" }), rowOf(7, 30)]);
  assert.deepEqual(well?.health, {
    failures: 1,
    failingSince: NOON + 30_000,
    lastSuccessAt: NOON + 20_000,
    lastFailureAt: NOON + 30_000,
  });
  assert.equal(fold([rowOf(1, 10, { isCounted: false })]), undefined);
});

Deno.test("a resume forgets the failures before it, also one that was stored only after it", () => {
  const rows = [rowOf(1, 10), rowOf(2, 20), rowOf(3, 30), rowOf(4, 40)];
  const fold = (seconds: number, plugin = "it") => {
    const facts = read(rows, undefined, new Map([[plugin, NOON + seconds * 1_000]]));
    const { health, orElse } = facts.folds.get(keyOf("it", "poll")) ?? {};
    return [health, orElse].map((one) => [one?.failures, one?.failingSince, one?.lastFailureAt]);
  };
  const at = (seconds: number) => NOON + seconds * 1_000;
  assert.deepEqual(fold(25), [[2, at(30), at(40)], [3, at(20), at(40)]]);
  assert.deepEqual(fold(50), [[0, undefined, at(40)], [1, at(40), at(40)]]);
  assert.deepEqual(fold(5), [[4, at(10), at(40)], [4, at(10), at(40)]]);
  assert.deepEqual(fold(50, "other"), [[4, at(10), at(40)], [4, at(10), at(40)]]);
});

Deno.test("attempts are counted by outcome and duration, those that were retried apart", () => {
  const { counts } = read([
    rowOf(1, 10, { isFinal: false }),
    rowOf(2, 20),
    rowOf(3, 30, { durationMs: 900 }),
    rowOf(4, 40, { isCounted: false }),
  ]);
  assert.deepEqual([...counts], [
    [keyOf("it", "poll", "retried", 1_000), { attempts: 1, durationMs: 1_000 }],
    [keyOf("it", "poll", "failed", 1_000), { attempts: 2, durationMs: 1_900 }],
  ]);
});

Deno.test("attempts overlap if one starts before the last of its entry ended, unless the clock explains it", () => {
  const again = { attempt: 2, createdAt: isoTime(NOON) };
  const early = { ...again, startedAt: isoTime(NOON + 9_500) };
  const first = rowOf(1, 10);
  assert.deepEqual(read([first, rowOf(2, 20, early)]).found, ["log.overlap id 2, plugin it"]);
  assert.deepEqual(read([first, rowOf(2, 11, again)]).found, []);
  assert.deepEqual(read([first, rowOf(2, 20, { ...early, plugin: "other" })]).found, []);
  assert.deepEqual(read([first, rowOf(2, 5, again)]).found, [], "it ran clearly earlier");
  const setBack = [first, rowOf(2, 5, { plugin: "other" }), rowOf(3, 20, early)];
  assert.deepEqual(read(setBack).found, ["clock.order id 3, plugin it"]);
  const queuedBeside = { createdAt: isoTime(NOON + 9_400), startedAt: isoTime(NOON + 9_500) };
  const beside = read([first, rowOf(2, 20, queuedBeside)]);
  assert.deepEqual(beside.found, ["clock.order id 2, plugin it"]);
});
