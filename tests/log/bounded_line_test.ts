import fc from "fast-check";
import assert from "node:assert/strict";
import { renderBounded } from "../../src/log/bounded_line.ts";
import type { LogFields } from "../../src/log/text.ts";
import { renderText } from "../../src/log/text.ts";

const asJson = (fields: LogFields) => JSON.stringify(fields);
const HEAD = { timestamp: 0, level: "info", component: "plugin", message: "Plugin says" } as const;
const asText = (fields: LogFields) => renderText(HEAD, fields, true);
const bytesOf = (line: string) => new TextEncoder().encode(line).length;

Deno.test("a line that fits stays as it is", () => {
  const fields = { text: "é".repeat(90), n: 1, none: undefined };
  const line = asJson(fields);
  assert.equal(renderBounded(fields, asJson, bytesOf(line)), line);
});

Deno.test("the longest field is truncated to fit, with a mark, and the others stay", () => {
  const line = renderBounded({ attempt: 1, text: "x".repeat(5_000), why: "short" }, asJson, 1_000);
  const { text, ...others } = JSON.parse(line);
  assert.equal(bytesOf(line), 1_000);
  assert.match(text, /^x+ …$/);
  assert.deepEqual(others, { attempt: 1, why: "short" });
});

Deno.test("a truncated list or map becomes the beginning of its JSON", () => {
  const plugins = Array.from({ length: 500 }, (_, n) => `plugin-${n}`);
  const next_runs = Object.fromEntries(plugins.map((name) => [name, "now"]));
  const fields = JSON.parse(renderBounded({ plugins, next_runs, pid: 7 }, asJson, 1_000));
  assert.equal(fields.next_runs, " …");
  assert.match(fields.plugins, /^\["plugin-0","plugin-1",.* …$/);
  assert.equal(fields.pid, 7);
});

Deno.test("no character is split", () => {
  for (const maxBytes of [501, 502, 503, 504]) {
    const line = renderBounded({ text: "\u{1f469}".repeat(500) }, asJson, maxBytes);
    assert.match(JSON.parse(line).text, /^(\u{1f469})+ …$/u);
  }
});

Deno.test("whatever the fields hold, a line keeps to its limit and stays well-formed", () => {
  const text = fc.array(
    fc.tuple(fc.constantFrom("a", "\0", "é", "\u202e", "\u{1f469}", "\ud800", '"'), fc.nat(2_000)),
    { maxLength: 6 },
  ).map((parts) => parts.map(([unit, times]) => unit.repeat(times)).join(""));
  fc.assert(fc.property(text, text, (one, two) => {
    const json = renderBounded({ one, two, list: [one] }, asJson, 1_000);
    assert.ok(bytesOf(json) <= 1_000);
    JSON.parse(json);
    assert.ok(bytesOf(renderBounded({ one, two }, asText, 1_000)) <= 1_000);
  }));
});
