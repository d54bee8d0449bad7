import fc from "fast-check";
import assert from "node:assert/strict";
import { startTickGrid } from "../../src/scheduler/tick_grid.ts";

Deno.test("a late tick keeps its nominal time, and the next one is not shifted", () => {
  let elapsed = 0;
  const grid = startTickGrid(1_000, () => elapsed, () => 50_000 + elapsed);
  assert.equal(grid.currentTickAt(), 50_000);
  elapsed = 1_300;
  assert.equal(grid.currentTickAt(), 51_000);
  assert.equal(grid.untilNextMs(), 700);
});

Deno.test("of ten missed ticks only the last counts", () => {
  let elapsed = 0;
  const grid = startTickGrid(1_000, () => elapsed, () => 50_000 + elapsed);
  elapsed = 10_400;
  assert.equal(grid.currentTickAt(), 60_000);
  assert.equal(grid.untilNextMs(), 600);
});

Deno.test("a timer that fires a moment early gives the coming tick, not the past one again", () => {
  let elapsed = 0;
  const grid = startTickGrid(1_000, () => elapsed, () => 50_000 + elapsed);
  elapsed = 999.4;
  assert.equal(grid.currentTickAt(), 51_000);
  assert.equal(grid.untilNextMs(), 1_000.6);
});

Deno.test("whether timers fire early or late, no tick is lost and none occurs twice", () => {
  const offsets = fc.array(fc.double({ min: -9.9, max: 89, noNaN: true }), { maxLength: 100 });
  fc.assert(fc.property(offsets, (list) => {
    let elapsed = 0;
    const grid = startTickGrid(100, () => elapsed, () => 50_000 + elapsed);
    for (const [index, offset] of list.entries()) {
      elapsed = (index + 1) * 100 + offset;
      assert.equal(grid.currentTickAt(), 50_000 + (index + 1) * 100);
      assert.ok(Math.abs(grid.untilNextMs() - (100 - offset)) < 1e-6);
    }
  }));
});

Deno.test("a change of the wall clock does not move the grid", () => {
  let elapsed = 0;
  let wall = 50_000;
  const grid = startTickGrid(1_000, () => elapsed, () => wall);
  elapsed = 2_250;
  wall = 10_250;
  assert.equal(grid.currentTickAt(), 10_000);
  assert.equal(grid.untilNextMs(), 750);
});
