import assert from "node:assert/strict";
import { startTickGrid } from "../src/tick_grid.ts";

Deno.test("a late tick keeps its nominal time, and the next one is not shifted", () => {
  let elapsed = 0;
  const grid = startTickGrid(1_000, () => elapsed, () => 50_000 + elapsed);
  assert.equal(grid.currentTickAt(), 50_000);
  elapsed = 1_300;
  assert.equal(grid.currentTickAt(), 51_000);
  assert.equal(grid.untilNextMs(), 700);
});

Deno.test("of ten missed ticks only the last one counts", () => {
  let elapsed = 0;
  const grid = startTickGrid(1_000, () => elapsed, () => 50_000 + elapsed);
  elapsed = 10_400;
  assert.equal(grid.currentTickAt(), 60_000);
  assert.equal(grid.untilNextMs(), 600);
});

Deno.test("a wall clock that is moved does not move the grid", () => {
  let elapsed = 0;
  let wall = 50_000;
  const grid = startTickGrid(1_000, () => elapsed, () => wall);
  elapsed = 2_250;
  wall = 10_250;
  assert.equal(grid.currentTickAt(), 10_000);
  assert.equal(grid.untilNextMs(), 750);
});
