import fc from "fast-check";
import assert from "node:assert/strict";
import {
  formatJson,
  isJsonObject,
  isRawNumber,
  MAX_JSON_DEPTH,
  parseJson,
} from "../../src/base/json.ts";

function valueOf(text: string): unknown {
  const parsed = parseJson(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

Deno.test("any JSON text parses, and every number is written back as it was", () => {
  const number = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,25})?([eE][+-]?\d{1,4})?$/);
  fc.assert(fc.property(fc.array(number), fc.string(), (numbers, text) => {
    const json = `{"a":[${numbers.join(",")}],"b":${JSON.stringify(numbers.join('"') + text)}}`;
    assert.equal(JSON.stringify(valueOf(json)), json);
  }));
});

Deno.test("a text parses if and only if it is JSON", () => {
  const pieces = fc.constantFrom(...'{}[],:"\\ 1-.eE0', "true", "null", '"a"', '"a":1');
  const text = fc.array(pieces).map((list) => list.join(""));
  fc.assert(fc.property(fc.oneof(text, fc.string()), (tried) => {
    const parsed = parseJson(tried);
    if (parsed.ok) assert.doesNotThrow(() => JSON.parse(tried));
    else {
      assert.equal(parsed.fault, "not JSON");
      assert.throws(() => JSON.parse(tried), SyntaxError);
    }
  }));
});

Deno.test("nested objects and lists count as levels, those side by side do not", () => {
  const nested = (levels: number) => '[{"a":'.repeat(levels / 2) + "1" + "}]".repeat(levels / 2);
  assert.ok(parseJson(nested(MAX_JSON_DEPTH)).ok);
  assert.ok(parseJson(`[${"[],{},".repeat(1_000)}1]`).ok);
  const tooDeep = parseJson(nested(MAX_JSON_DEPTH + 2));
  assert.equal(!tooDeep.ok && tooDeep.fault, "too deep");
});

Deno.test("a number that is kept as text is recognized, and is not an object", () => {
  for (const text of ["9007199254740993", "1e400", "-0", "1.0"]) {
    assert.ok(isRawNumber(valueOf(text)), text);
    assert.equal(isJsonObject(valueOf(text)), false);
  }
  for (const text of ["9007199254740992", "0.1", "1e+21", '"1e400"', "{}"]) {
    assert.equal(isRawNumber(valueOf(text)), false, text);
  }
});

Deno.test("JSON for a terminal holds no character that controls it, and the same value", () => {
  const value = { "a\u009b": ["\u001b[2J\u009b2J\u202e\u2028\u007f\n", { b: "\u{e0001}ok" }] };
  for (const indent of [0, 2]) {
    const text = formatJson(value, indent);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}]/u);
    assert.deepEqual(JSON.parse(text), value);
  }
  assert.equal(formatJson({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}');
});
