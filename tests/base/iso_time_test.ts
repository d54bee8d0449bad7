import assert from "node:assert/strict";
import { isoTime, parseIsoTime } from "../../src/base/iso_time.ts";

Deno.test("an ISO 8601 time parses to the millisecond, whatever its zone", () => {
  const at = Date.parse("2026-01-31T12:00:00.000Z");
  assert.equal(parseIsoTime(isoTime(at + 7)), at + 7);
  for (const text of ["2026-01-31T12:00Z", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00.0+01:00"]) {
    assert.equal(parseIsoTime(text), at);
  }
  assert.equal(parseIsoTime("9999-12-31T23:59:59.999Z"), 253_402_300_799_999);
});

for (
  const text of [
    ...["", "today", "2026", "2026-01-31", "2026-01-31 12:00:00", "2026-01-31T12:00:00"],
    ...["2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "1767225600000", "2026-01-31T12:00:00z"],
    ...["+200000-01-01T00:00:00Z", "9999-12-31T23:59:00-01:00", "0000-01-01T00:00:00+01:00"],
    "2026-01-31T12:00:00Z\0",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is not a time`, () => {
    assert.equal(parseIsoTime(text), undefined);
  });
}
