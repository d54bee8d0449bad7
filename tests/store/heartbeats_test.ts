import assert from "node:assert/strict";
import { openTempStore } from "../support/memory.ts";

const LIFE = {
  pid: 4_711,
  boot: { id: "3c9f2a52-0000-4000-8000-000000000000", at: Date.UTC(2026, 0, 1) },
  startedAt: Date.UTC(2026, 0, 2),
  tickAt: Date.UTC(2026, 0, 3),
};

const TOLD = { settings: "{}", droppedLines: 0 };

Deno.test("the last sign of life reads back in full, and before the first there is none", () => {
  using temp = openTempStore();
  const { heartbeats } = temp.store;
  assert.equal(heartbeats.last(), undefined);
  heartbeats.beat(LIFE, TOLD);
  assert.deepEqual(heartbeats.last(), LIFE);
  const later = {
    pid: 4_712,
    boot: { id: "other", at: LIFE.boot.at + 1 },
    startedAt: LIFE.startedAt + 1,
    tickAt: LIFE.tickAt + 1,
  };
  heartbeats.beat(later, TOLD);
  assert.deepEqual(heartbeats.last(), later);
  heartbeats.beat({ ...later, boot: undefined }, TOLD);
  assert.equal(heartbeats.last()?.boot, undefined);
});
