import assert from "node:assert/strict";
import {
  formatAgo,
  formatDistance,
  formatSpan,
  formatTime,
  formatWhen,
} from "../../src/operator/times.ts";

Deno.env.set("TZ", "Europe/Vienna");

/** A Tuesday, 13:00 in Vienna. */
const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("a time is on the wall clock of the machine, as short as it can be understood", () => {
  const shown = [0, -2 * HOUR, -14 * HOUR, 5 * DAY, -7 * DAY, -400 * DAY, NaN]
    .map((ms) => formatTime(NOW + ms, NOW));
  assert.deepEqual(
    shown,
    ["13:00:00", "11:00", "Mon 23:00", "Sun 13:00", "17 Nov 13:00", "2025-10-20 14:00", "?"],
  );
});

Deno.test("a distance is in one unit, rounded to the nearest", () => {
  const shown = [
    0,
    999,
    1_000,
    -90_000,
    2 * MINUTE,
    -119 * MINUTE,
    2 * HOUR,
    -47 * HOUR,
    400 * DAY,
    NaN,
  ]
    .map((ms) => formatDistance(NOW + ms, NOW));
  assert.deepEqual(shown, [
    ...["now", "in 1 s", "in 1 s", "90 s ago", "in 2 min", "119 min ago", "in 2 h", "47 h ago"],
    ...["in 400 d", "?"],
  ]);
  const near = [499, 59.6 * MINUTE, 68 * HOUR, 71 * HOUR, 119.6 * MINUTE, 119_600]
    .map((ms) => formatDistance(NOW + ms, NOW));
  assert.deepEqual(near, ["now", "in 60 min", "in 3 d", "in 3 d", "in 2 h", "in 2 min"]);
  assert.deepEqual([formatAgo(NOW, NOW), formatAgo(NOW - 3_000, NOW)], ["just now", "3 s ago"]);
  assert.equal(formatWhen(NOW + 5_000, NOW), "13:00:05 (in 5 s)");
  assert.equal(formatWhen(NOW + 4 * MINUTE, NOW), "13:04 (in 4 min)");
});

Deno.test("a span shows milliseconds only where they matter", () => {
  const shown = [0, 350, 1_250, 9_999, 10_000, 119_999, 7_199_999, 2 * DAY].map((ms) =>
    formatSpan(ms)
  );
  assert.deepEqual(shown, ["0 ms", "350 ms", "1.3 s", "10 s", "10 s", "2 min", "2 h", "2 d"]);
  assert.equal(formatSpan(350, 1_000), "0 s");
});
