import fc from "fast-check";
import assert from "node:assert/strict";
import { findUnlistedKeys } from "../../src/plugin/config_keys.ts";
import { pluginEntry } from "../support/setup.ts";

type Lists = Parameters<typeof findUnlistedKeys>[0];

/** What is said about these keys of a config: the path below the entry, and the message. */
function said(lists: Lists, ...keys: readonly string[]): readonly string[] {
  const config = Object.fromEntries(keys.map((key) => [key, "hunter2"]));
  return findUnlistedKeys(lists, pluginEntry({ config })).map(({ path, message }) => {
    assert.deepEqual(path.slice(0, 2), ["plugins", "echo"]);
    return `${path.slice(2).join(".")}: ${message}`;
  });
}

const NOT_LISTED = "the plugin's manifest does not list this key";

Deno.test("a key that the manifest does not list is named, with the nearest one that it lists", () => {
  const lists = { required: ["token"], optional: ["folder", "depth"] };
  assert.deepEqual(said(lists, "token", "depth"), []);
  assert.deepEqual(said(lists, "tokn", "Folder", "mood"), [
    `config.tokn: ${NOT_LISTED}; did you mean "token"?`,
    `config.Folder: ${NOT_LISTED}; did you mean "folder"?`,
    `config.mood: ${NOT_LISTED}; it lists token, folder, depth`,
  ]);
});

Deno.test("either list is enough to know the keys, and an empty one knows none", () => {
  assert.deepEqual(said({ required: ["a"] }, "a", "mood"), [
    `config.mood: ${NOT_LISTED}; it lists a`,
  ]);
  assert.deepEqual(said({ optional: ["a"] }, "a", "mood"), [
    `config.mood: ${NOT_LISTED}; it lists a`,
  ]);
  assert.deepEqual(said({ optional: [] }, "mood"), [`config.mood: ${NOT_LISTED}; it lists no key`]);
});

Deno.test("without a list nothing is said", () => {
  assert.deepEqual(said({}, "mood", "toString"), []);
});

Deno.test("keys of every object, empty keys and hidden characters are keys like any other", () => {
  const lists = { optional: ["__proto__", "\u001b[1mx"] };
  const hint = "it lists __proto__, \\u001b[1mx";
  assert.deepEqual(said(lists, "__proto__", "toString", "", "constructor"), [
    `config.toString: ${NOT_LISTED}; ${hint}`,
    `config.: ${NOT_LISTED}; ${hint}`,
    `config.constructor: ${NOT_LISTED}; ${hint}`,
  ]);
});

Deno.test("of many keys the first 20 are named and the others counted, and so are listed ones", () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `key-${n}`);
  const lists = { required: Array.from({ length: 10_000 }, (_, n) => `listed-${n}`) };
  const lines = said(lists, ...keys);
  assert.equal(lines.length, 21);
  assert.match(lines[0] ?? "", /; it lists listed-0, .*, listed-19 and 9980 more$/);
  assert.equal(lines[20], "config: the plugin's manifest does not list 99980 more keys");
  assert.equal(said(lists, ...keys.slice(0, 20)).length, 20);
});

Deno.test("exactly the keys that are in neither list are named, and no value", () => {
  const key = fc.constantFrom("a", "token", "tokens", "__proto__", "toString");
  const list = fc.option(fc.array(key), { nil: undefined });
  fc.assert(fc.property(list, list, fc.uniqueArray(key), (required, optional, keys) => {
    const lists = { ...(required && { required }), ...(optional && { optional }) };
    const lines = said(lists, ...keys);
    const known = [...required ?? [], ...optional ?? []];
    const hasList = required !== undefined || optional !== undefined;
    const expected = hasList ? keys.filter((key) => !known.includes(key)) : [];
    assert.deepEqual(lines.map((line) => line.split(":")[0]), expected.map((k) => `config.${k}`));
    assert.ok(!lines.join().includes("hunter2"));
  }));
});
