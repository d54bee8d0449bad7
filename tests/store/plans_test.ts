import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openTempStore } from "../support/memory.ts";

const PLAN = {
  plugin: "echo",
  nextRunAt: Date.parse("2026-01-01T00:05:00.123Z"),
  lastRunAt: Date.parse("2026-01-01T00:00:00.000Z"),
  everyMs: 300_000,
  jitterMs: 60_000,
};

Deno.test("a stored plan reads back to the millisecond", () => {
  using temp = openTempStore();
  temp.store.plans.write(PLAN);
  temp.store.plans.write({ ...PLAN, plugin: "other" });
  assert.deepEqual(temp.store.plans.readAll().get("echo"), PLAN);
  assert.equal(temp.store.plans.readAll().size, 2);
});

Deno.test("a later plan replaces the earlier one", () => {
  using temp = openTempStore();
  temp.store.plans.write(PLAN);
  const later = {
    ...PLAN,
    nextRunAt: PLAN.nextRunAt + 1,
    lastRunAt: PLAN.lastRunAt + 1,
    everyMs: 1,
    jitterMs: 0,
  };
  temp.store.plans.write(later);
  assert.deepEqual([...temp.store.plans.readAll().values()], [later]);
});

Deno.test("a plan that another program changes is seen at the next read", () => {
  using temp = openTempStore();
  temp.store.plans.write(PLAN);
  assert.equal(temp.store.plans.readAll(), temp.store.plans.readAll(), "read once while unchanged");
  using other = new DatabaseSync(temp.path);
  other.exec("UPDATE schedule SET every_ms = 7");
  assert.equal(temp.store.plans.readAll().get("echo")?.everyMs, 7);
});

Deno.test("a plan whose transaction is rolled back was never there", () => {
  using temp = openTempStore();
  temp.store.plans.write(PLAN);
  const changeAndFail = () =>
    temp.store.transaction(() => {
      temp.store.plans.write({ ...PLAN, everyMs: 7 });
      assert.equal(temp.store.plans.readAll().get("echo")?.everyMs, 7);
      throw new Error("halfway");
    });
  assert.throws(changeAndFail, /halfway/);
  assert.deepEqual(temp.store.plans.readAll().get("echo"), PLAN);
});

Deno.test("a plan that is written after a read is seen at the next one, also inside its transaction", () => {
  using temp = openTempStore();
  const { store } = temp;
  assert.equal(store.plans.readAll().size, 0);
  store.transaction(() => {
    store.plans.write(PLAN);
    assert.deepEqual(store.plans.readAll().get("echo"), PLAN);
  });
  store.plans.write({ ...PLAN, everyMs: 1 });
  assert.equal(store.plans.readAll().get("echo")?.everyMs, 1);
});
