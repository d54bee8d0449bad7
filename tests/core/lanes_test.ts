import fc from "fast-check";
import assert from "node:assert/strict";
import { busyEntries, findOccupied } from "../../src/core/lanes.ts";

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

Deno.test("what occupies the place of an entry is named, the own job first", () => {
  const lanes = { total: 2, pools: POOLS };
  const find = (name: string, ...running: string[]) =>
    findOccupied(ENTRIES.get(name) ?? { name }, running, ENTRIES, lanes);
  assert.equal(find("a"), undefined);
  assert.equal(find("c", "a"), undefined);
  assert.deepEqual(find("a", "a", "c"), { because: "own job", by: ["a"] });
  assert.deepEqual(find("b", "c", "a"), { because: "lanes full", by: ["c", "a"] });
  assert.deepEqual(find("b", "a"), { because: "pool full", by: ["a"] });
  const many = { total: 9, pools: POOLS };
  const inPool = findOccupied({ name: "b", pool: "nas" }, ["c", "a", "d"], ENTRIES, many);
  assert.deepEqual(inPool, { because: "pool full", by: ["a"] });
});

Deno.test("something occupies the place of exactly the entries that are busy", () => {
  const name = fc.constantFrom(...ENTRIES.keys());
  const total = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(name), total, name, (running, total, name) => {
      const lanes = { total, pools: POOLS };
      const busy = busyEntries(running, ENTRIES, lanes);
      const occupied = findOccupied(ENTRIES.get(name) ?? { name }, running, ENTRIES, lanes);
      assert.equal(occupied !== undefined, busy.all || busy.names.includes(name));
      assert.notDeepEqual(occupied?.by, []);
    }),
  );
});
