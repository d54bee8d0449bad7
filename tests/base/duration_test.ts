import fc from "fast-check";
import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "../../src/base/duration.ts";

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const TEN_YEARS = 3660 * DAY;

const READABLE: readonly (readonly [text: string, ms: number])[] = [
  ["0s", 0],
  ["1ms", 1],
  ["500ms", 500],
  ["90s", 90 * SECOND],
  ["5m", 5 * MINUTE],
  ["6h", 6 * HOUR],
  ["1d", DAY],
  ["2w", 14 * DAY],
  ["hourly", HOUR],
  ["daily", DAY],
  ["weekly", 7 * DAY],
  ["1h30m", 90 * MINUTE],
  ["1m1ms", MINUTE + 1],
  ["30m1h", 90 * MINUTE],
  ["1w1d1h1m1s1ms", 8 * DAY + HOUR + MINUTE + SECOND + 1],
  ["007s", 7 * SECOND],
  ["3660d", TEN_YEARS],
];

const UNREADABLE = [
  ...["", " ", "5", "m", "5 m", " 5m", "5m ", "5m\n", "\n5m", "-5m", "+5m", "1.5h", "1e3s", "0x1s"],
  ...["5M", "5min", "5y", "5µs", "٥m", "5m,5s", "1h1h", "1h30m5h", "Hourly", "yearly", "hourly5m"],
  ...["constructor", "__proto__", "3660d1ms", "99999999999999999999w", "9".repeat(400) + "s"],
];

for (const [text, ms] of READABLE) {
  Deno.test(`a duration of ${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

for (const text of UNREADABLE) {
  Deno.test(`${JSON.stringify(text.slice(0, 30))} is not a duration`, () => {
    assert.equal(parseDuration(text), undefined);
  });
}

Deno.test("a text of many megabytes is not a duration, and overflows no stack", () => {
  assert.equal(parseDuration("1s".repeat(10_000_000)), undefined);
});

Deno.test("formatting a duration puts the largest units first and leaves out empty ones", () => {
  const texts = [0, 1, 1500, 90 * SECOND, 90 * MINUTE, DAY, 14 * DAY, DAY + 1].map(formatDuration);
  assert.deepEqual(texts, ["0s", "1ms", "1s500ms", "1m30s", "1h30m", "1d", "14d", "1d1ms"]);
});

Deno.test("formatting a duration rounds a fraction of a millisecond", () => {
  assert.deepEqual([0.4, 999.6, 59_999.9].map(formatDuration), ["0s", "1s", "1m"]);
});

Deno.test("a formatted duration parses to the same duration", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: TEN_YEARS }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
});

Deno.test("a sum of units is the sum of its parts in any order", () => {
  const units = fc.shuffledSubarray(["ms", "s", "m", "h", "d", "w"], { minLength: 1 });
  const counts = fc.array(fc.nat(500), { minLength: 6, maxLength: 6 });
  fc.assert(fc.property(units, counts, (used, numbers) => {
    const parts = used.map((unit, i) => `${numbers[i]}${unit}`);
    const sum = parts.reduce((total, part) => total + (parseDuration(part) ?? NaN), 0);
    assert.equal(parseDuration(parts.join("")), sum <= TEN_YEARS ? sum : undefined);
  }));
});

Deno.test("a text that has a unit twice is not a duration", () => {
  const unit = fc.constantFrom("ms", "s", "m", "h", "d", "w");
  fc.assert(fc.property(fc.nat(9), fc.nat(9), unit, (a, b, name) => {
    assert.equal(parseDuration(`${a}${name}${b}${name}`), undefined);
  }));
});

Deno.test("no text makes the parser throw, and it returns a whole number in range", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^(\d{1,25}(ms|[smhdw])){1,8}$/),
  );
  fc.assert(fc.property(anyText, (text) => {
    const ms = parseDuration(text);
    assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0 && ms <= TEN_YEARS));
  }));
});
