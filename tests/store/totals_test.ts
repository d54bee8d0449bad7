import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { attemptOf, jobOf } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("totals count attempts and sum up their durations, by outcome and bucket", () => {
  using temp = openTempStore();
  const add = (durationMs: number, outcome: string) =>
    temp.store.totals.add(attemptOf(jobOf(), { durationMs }), outcome);
  for (const durationMs of [99.6, 1, 100.6, 2_000_000]) add(durationMs, "succeeded");
  add(5, "retried");
  using db = new DatabaseSync(temp.path, { readOnly: true });
  const rows = db.prepare("SELECT outcome, le_ms, attempts, duration_ms FROM totals").all();
  assert.deepEqual(rows.map((row) => Object.values(row)), [
    ["retried", 100, 1, 5],
    ["succeeded", 100, 2, 101],
    ["succeeded", 300, 1, 101],
    ["succeeded", Number.MAX_SAFE_INTEGER, 1, 2_000_000],
  ]);
});

Deno.test("a counter that a person has made as large as can be holds up no job", () => {
  using temp = openTempStore();
  const add = () => temp.store.totals.add(attemptOf(jobOf(), { durationMs: 5 }), "succeeded");
  add();
  using db = new DatabaseSync(temp.path);
  db.exec("UPDATE totals SET attempts = 9223372036854775807, duration_ms = 9223372036854775807");
  add();
  const row = db.prepare("SELECT attempts > 0 AND duration_ms > 0 AS isOne FROM totals").get();
  assert.equal(row?.isOne, 1);
});
