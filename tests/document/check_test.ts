import assert from "node:assert/strict";
import * as z from "zod/mini";
import { check, explainUnknownKey } from "../../src/document/check.ts";

const schema = z.strictObject({
  name: z.string().check(z.minLength(1)),
  count: z._default(z.int().check(z.minimum(1), z.maximum(9)), 3),
  share: z.optional(z.number()),
  on: z.optional(z.boolean()),
  list: z.optional(z.array(z.string())),
  map: z.optional(
    z.record(z.string().check(z.regex(/^[a-z]+$/, "not a name")), z.unknown()),
  ),
  mode: z.optional(z.enum(["fast", "slow"])),
  inner: z.optional(z.strictObject({ depth: z.int() })),
});

/** Each problem of a value as `path: message`. */
function problemsOf(value: unknown): readonly string[] {
  const checked = check(schema, value, ["later"]);
  return checked.ok
    ? []
    : checked.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const KNOWN = "name, count, share, on, list, map, mode, inner";

const PROBLEMS: readonly (readonly [value: unknown, problem: string])[] = [
  [null, ": expected a map of keys, got nothing (an empty value)"],
  [[], ": expected a map of keys, got a list"],
  ["text", ": expected a map of keys, got a string"],
  [{}, "name: required, but missing"],
  [{ name: "" }, "name: must not be empty"],
  [{ name: {} }, "name: expected a string, got a map of keys"],
  [{ name: true }, "name: expected a string, got a boolean"],
  [{ name: 1.5 }, "name: expected a string, got a fraction"],
  [{ name: "a", count: "2" }, "count: expected a number, got a string"],
  [{ name: "a", count: 1.5 }, "count: expected a whole number, got a fraction"],
  [{ name: "a", count: 0 }, "count: must be at least 1"],
  [{ name: "a", count: 10 }, "count: must be at most 9"],
  [{ name: "a", share: [] }, "share: expected a number, got a list"],
  [{ name: "a", on: "yes" }, "on: expected true or false, got a string"],
  [{ name: "a", list: {} }, "list: expected a list, got a map of keys"],
  [{ name: "a", list: ["x", 1] }, "list.1: expected a string, got a number"],
  [{ name: "a", map: [] }, "map: expected a map of keys, got a list"],
  [{ name: "a", map: { B: 1 } }, "map.B: not a name"],
  [{ name: "a", mode: "Fast" }, 'mode: expected "fast" or "slow"'],
  [{ name: "a", inner: {} }, "inner.depth: required, but missing"],
  [{ name: "a", inner: { dept: 1, depth: 2 } }, 'inner.dept: unknown key, did you mean "depth"?'],
  [{ name: "a", later: 1 }, "later: this version does not support it; remove it"],
  [{ name: "a", else: 1 }, `else: unknown key, expected one of: ${KNOWN}`],
];

for (const [value, problem] of PROBLEMS) {
  Deno.test(`${JSON.stringify(value)} is described as "${problem}"`, () => {
    assert.deepEqual(problemsOf(value), [problem]);
  });
}

Deno.test("a good value is returned with its defaults", () => {
  assert.deepEqual(check(schema, { name: "a" }), { ok: true, value: { name: "a", count: 3 } });
});

Deno.test("every problem is reported, each with its own path", () => {
  assert.deepEqual(problemsOf({ coutn: 1, nam: 2, later: 3, count: 0, inner: { depth: "x" } }), [
    "name: required, but missing",
    "count: must be at least 1",
    "inner.depth: expected a number, got a string",
    'coutn: unknown key, did you mean "count"?',
    'nam: unknown key, did you mean "name"?',
    "later: this version does not support it; remove it",
  ]);
});

Deno.test("a key with a line break does not shift the other keys' messages", () => {
  const [first, second] = problemsOf({ name: "a", "x\ny\nz\nlonger": 1, nme: 1 });
  assert.equal(first, `x\ny\nz\nlonger: unknown key, expected one of: ${KNOWN}`);
  assert.equal(second, 'nme: unknown key, did you mean "name"?');
});

const UNKNOWN_KEYS: readonly (readonly [key: string, text: string])[] = [
  ["evry", 'unknown key, did you mean "every"?'],
  ["EVERY", 'unknown key, did you mean "every"?'],
  ["evey1", 'unknown key, did you mean "every"?'],
  ["ev", "unknown key, expected one of: every, jitter"],
  ["jittering", "unknown key, expected one of: every, jitter"],
  ["", "unknown key, expected one of: every, jitter"],
  ["window", "this version does not support it; remove it"],
];

for (const [key, text] of UNKNOWN_KEYS) {
  Deno.test(`the unknown key ${JSON.stringify(key)} is reported as "${text}"`, () => {
    const isLater = key === "window";
    assert.equal(explainUnknownKey(key, ["every", "jitter"], isLater).message, text);
  });
}

Deno.test("of several similar keys, the message names the most similar", () => {
  assert.match(explainUnknownKey("abcde", ["abxxe", "abcdf", "zzzzz"]).message, /"abcdf"/);
});

Deno.test("known keys are found behind defaults, options, transformations, records and lists", () => {
  const inner = z.pipe(
    z.strictObject({ depth: z.int() }).check(z.refine(() => true)),
    z.transform((value) => value),
  );
  const outer = z.strictObject({
    map: z.optional(z.record(z.string(), inner)),
    list: z.prefault(z.array(inner), []),
    one: z.prefault(inner, { depth: 1 }),
    other: z._default(z.strictObject({ depth: z.int() }), { depth: 1 }),
  });
  const later = ["map.*.width", "list.0.width"];
  const value = {
    map: { a: { depth: 1, dept: 1, width: 1 } },
    list: [{ depth: 1, dept: 1, width: 1 }],
  };
  const checked = check(outer, {
    ...value,
    one: { depth: 1, width: 1 },
    other: { depth: 1, dept: 1 },
  }, later);
  assert.ok(!checked.ok);
  assert.deepEqual(checked.problems.map(({ code, path }) => `${path.join(".")}: ${code}`), [
    "map.a.dept: mistyped key",
    "map.a.width: later key",
    "list.0.dept: mistyped key",
    "list.0.width: later key",
    "one.width: unknown key",
    "other.dept: mistyped key",
  ]);
});
