import fc from "fast-check";
import assert from "node:assert/strict";
import { busyEntries } from "../../src/core/lanes.ts";

const ENTRIES = new Map(
  [["a", "nas"], ["b", "nas"], ["c", undefined], ["d", "api"]].map(([name = "", pool]) =>
    [name, { name, pool }] as const
  ),
);
const POOLS = new Map([["nas", 1], ["api", 2]]);

Deno.test("a running entry is busy, and so is every entry of a full pool", () => {
  const lanes = { total: 3, pools: POOLS };
  assert.deepEqual(busyEntries([], ENTRIES, lanes), { all: false, names: [] });
  assert.deepEqual(busyEntries(["c"], ENTRIES, lanes), { all: false, names: ["c"] });
  assert.deepEqual(busyEntries(["a"], ENTRIES, lanes), { all: false, names: ["a", "b"] });
  assert.deepEqual(busyEntries(["d", "gone"], ENTRIES, lanes), {
    all: false,
    names: ["d", "gone"],
  });
  assert.deepEqual(busyEntries(["a", "c", "d"], ENTRIES, lanes), { all: true });
});

Deno.test("jobs that start when their entry is not busy exceed neither lanes nor pools", () => {
  const name = fc.constantFrom(...ENTRIES.keys());
  fc.assert(
    fc.property(fc.array(name), fc.integer({ min: 1, max: 4 }), (wanted, total) => {
      const running: string[] = [];
      for (const next of wanted) {
        const busy = busyEntries(running, ENTRIES, { total, pools: POOLS });
        if (!busy.all && !busy.names.includes(next)) running.push(next);
      }
      assert.ok(running.length <= total);
      assert.equal(new Set(running).size, running.length);
      for (const [pool, places] of POOLS) {
        assert.ok(running.filter((one) => ENTRIES.get(one)?.pool === pool).length <= places);
      }
    }),
  );
});
