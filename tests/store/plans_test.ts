import assert from "node:assert/strict";
import { openTempStore } from "../support/memory.ts";

const ENTRY = {
  plugin: "echo",
  nextRunAt: Date.parse("2026-01-01T00:05:00.123Z"),
  lastRunAt: Date.parse("2026-01-01T00:00:00.000Z"),
  everyMs: 300_000,
  jitterMs: 60_000,
};

Deno.test("what was drawn for a plugin is read back to the millisecond", () => {
  using temp = openTempStore();
  temp.store.schedule.write(ENTRY);
  temp.store.schedule.write({ ...ENTRY, plugin: "other" });
  assert.deepEqual(temp.store.schedule.readAll().get("echo"), ENTRY);
  assert.equal(temp.store.schedule.readAll().size, 2);
});

Deno.test("a later draw takes the place of the former one", () => {
  using temp = openTempStore();
  temp.store.schedule.write(ENTRY);
  const later = { ...ENTRY, nextRunAt: ENTRY.nextRunAt + 1, everyMs: 1, jitterMs: 0 };
  temp.store.schedule.write(later);
  assert.deepEqual([...temp.store.schedule.readAll().values()], [later]);
});
