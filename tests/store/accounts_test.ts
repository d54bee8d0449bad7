import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { afterJob, UNTRIED } from "../../src/core/breaker.ts";
import { attemptOf, jobOf } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("health is kept for each entry and command", () => {
  using temp = openTempStore();
  const { healths } = temp.store;
  assert.deepEqual(healths.read("echo", "poll"), UNTRIED);
  const once = afterJob(UNTRIED, false, 1_000);
  const twice = afterJob(once, false, 2_000);
  healths.write("echo", "poll", once);
  healths.write("echo", "poll", twice);
  healths.write("echo", "handle", once);
  assert.deepEqual(healths.read("echo", "poll"), twice);
  assert.deepEqual(healths.read("echo", "handle"), once);
  const well = afterJob(twice, true, 3_000);
  healths.write("echo", "poll", well);
  assert.deepEqual(healths.read("echo", "poll"), well);
});

Deno.test("what a person wrote there and cannot be read counts as unknown", () => {
  using temp = openTempStore();
  temp.store.healths.write("echo", "poll", afterJob(UNTRIED, false, 1_000));
  using other = new DatabaseSync(temp.path);
  other.exec("UPDATE health SET failing_since = 'yesterday', last_failure_at = ''");
  assert.deepEqual(temp.store.healths.read("echo", "poll"), { ...UNTRIED, failures: 1 });
});

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
