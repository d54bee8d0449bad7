import fc from "fast-check";
import assert from "node:assert/strict";
import { rawNumber } from "../../src/base/json.ts";
import { interpolate, type ReadEnv } from "../../src/config/interpolate.ts";
import type { TextFile } from "../../src/document/text_file.ts";

const ENV: Readonly<Record<string, string>> = {
  TOKEN: "s3cret",
  EMPTY: "",
  _under_1: "u",
  TRICKY: "${TOKEN} $${TOKEN} $& $1 $$ : - {a: 1}\n- b",
};
const readEnv: ReadEnv = (name) => Object.hasOwn(ENV, name) ? ENV[name] : undefined;

/** The value and the problems, where there are no files. */
function replaced(value: unknown, env: ReadEnv) {
  const { value: found, problems } = interpolate(value, { env, file: () => NO_FILE });
  return { value: found, problems };
}

const NO_FILE: TextFile = { ok: false, reason: "no such file" };

const NO_VARIABLE =
  "invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${";

const REPLACED: readonly (readonly [text: string, expected: string])[] = [
  ["${TOKEN}", "s3cret"],
  ["a ${TOKEN} b ${_under_1}${TOKEN}", "a s3cret b us3cret"],
  ["${EMPTY}", ""],
  ["$${TOKEN}", "${TOKEN}"],
  ["$${", "${"],
  ["$$${TOKEN}", "$${TOKEN}"],
  ["$${A}${TOKEN}", "${A}s3cret"],
  ["$TOKEN", "$TOKEN"],
  ["$$", "$$"],
  ["{TOKEN}", "{TOKEN}"],
  ["$ {TOKEN}", "$ {TOKEN}"],
  ["100$", "100$"],
  ["${TOKEN:-other}", "s3cret"],
  ["${MISSING:-other}", "other"],
  ["${EMPTY:-other}", "other"],
  ["${MISSING:-}", ""],
  ["${MISSING:-a:-b}", "a:-b"],
  ["${MISSING:-two\nlines}", "two\nlines"],
  ["${MISSING:-$TOKEN}", "$TOKEN"],
  ["${TRICKY}", "${TOKEN} $${TOKEN} $& $1 $$ : - {a: 1}\n- b"],
];

for (const [text, expected] of REPLACED) {
  Deno.test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(replaced(text, readEnv), { value: expected, problems: [] });
  });
}

for (
  const text of [
    "${}",
    "${1A}",
    "${A-B}",
    "${A B}",
    "${TOKEN:other}",
    "${",
    "${TOKEN",
    "${ TOKEN }",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is refused, because it names no variable`, () => {
    const { problems } = replaced({ a: text }, readEnv);
    assert.deepEqual(problems, [{ code: "variable", path: ["a"], message: NO_VARIABLE }]);
  });
}

for (const text of ["${A:-${TOKEN}}", "${TOKEN:-${B:-x}}", "${A:-{}", "${A:-$${x}}"]) {
  Deno.test(`${JSON.stringify(text)} is refused, set or not, because its default contains a brace`, () => {
    const message =
      "a default ends at the first }, so it must not contain { or another ${NAME}; set the variable";
    const { problems } = replaced({ a: ["x", text] }, readEnv);
    assert.deepEqual(problems, [{ code: "variable", path: ["a", 1], message }]);
  });
}

Deno.test("a number kept as text passes unchanged", () => {
  const { value } = replaced({ a: [rawNumber("1e400")] }, readEnv);
  assert.equal(JSON.stringify(value), '{"a":[1e400]}');
});

Deno.test("each unset variable is named with the path of its value", () => {
  const { problems } = replaced({ a: ["x", "${NOT_SET} ${NOR_THIS}"], b: "${TOKEN}" }, readEnv);
  assert.deepEqual(problems, [
    {
      code: "variable",
      path: ["a", 1],
      message: "environment variable NOT_SET is not set; set it, or write ${NOT_SET:-default}",
    },
    {
      code: "variable",
      path: ["a", 1],
      message: "environment variable NOR_THIS is not set; set it, or write ${NOR_THIS:-default}",
    },
  ]);
});

Deno.test("keys stay as they are", () => {
  const value = { "${TOKEN}": { "$${": "x" } };
  assert.deepEqual(replaced(value, readEnv), { value, problems: [] });
});

Deno.test("a value that is not a string passes unchanged", () => {
  const value = [1, true, false, null, 0.5, [], {}];
  assert.deepEqual(replaced(value, readEnv), { value, problems: [] });
});

Deno.test("__proto__ stays a plain key and gives no object a prototype", () => {
  const { value } = replaced(JSON.parse('{"__proto__": {"a": "${TOKEN}"}}'), readEnv);
  assert.equal(JSON.stringify(value), '{"__proto__":{"a":"s3cret"}}');
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

Deno.test("a value without ${ passes unchanged, whatever it is", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    fc.pre(!JSON.stringify(value).includes("${"));
    assert.deepEqual(replaced(value, readEnv), { value, problems: [] });
  }));
});

Deno.test("the value of a variable is inserted as it is", () => {
  const text = fc.string({ unit: "binary" });
  const plain = text.filter((part) => !part.includes("$"));
  fc.assert(fc.property(text, plain, plain, (held, before, after) => {
    const found = replaced(`${before}\${V}${after}`, () => held);
    assert.deepEqual(found, { value: before + held + after, problems: [] });
  }));
});

Deno.test("any text with each ${ escaped comes out as it was", () => {
  const pieces = fc.array(fc.constantFrom("$", "${", "}", "{", "TOKEN", ":-", "a", " "));
  fc.assert(fc.property(pieces, (list) => {
    const text = list.join("");
    const escaped = text.split("${").join("$${");
    assert.deepEqual(replaced(escaped, readEnv), { value: text, problems: [] });
  }));
});

Deno.test("no text makes it throw", () => {
  const pieces = fc.array(
    fc.oneof(fc.constantFrom("$", "${", "}", "TOKEN", ":-", "\n"), fc.string({ unit: "binary" })),
  );
  fc.assert(fc.property(pieces, (list) => {
    const { value, problems } = replaced([list.join("")], readEnv);
    assert.ok(Array.isArray(value) && typeof value[0] === "string");
    assert.ok(problems.every(({ path }) => path[0] === 0));
  }));
});
