import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { afterJob, UNTRIED } from "../../src/core/breaker.ts";
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
