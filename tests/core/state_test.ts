import assert from "node:assert/strict";
import fc from "fast-check";
import { shallowMerge } from "../../src/core/state.ts";

const jsonObject = fc.dictionary(fc.string(), fc.jsonValue());

Deno.test("an update replaces a top-level key whole", () => {
  assert.deepEqual(shallowMerge({ a: { x: 1 }, b: 2 }, { a: { y: 3 } }), { a: { y: 3 }, b: 2 });
});

Deno.test("null is a value, not a removal", () => {
  assert.deepEqual(shallowMerge({ a: 1 }, { a: null }), { a: null });
});

Deno.test("__proto__ and constructor are keys like any other", () => {
  const merged = shallowMerge({}, JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'));
  assert.equal(JSON.stringify(merged), '{"__proto__":{"x":1},"constructor":2}');
  assert.equal(Object.getPrototypeOf(merged), Object.prototype);
});

Deno.test("every key comes from the update where it has one, else from the state", () => {
  fc.assert(fc.property(jsonObject, jsonObject, (state, updates) => {
    const merged = shallowMerge(state, updates);
    const keys = new Set([...Object.keys(state), ...Object.keys(updates)]);
    assert.deepEqual(new Set(Object.keys(merged)), keys);
    for (const key of keys) {
      assert.deepEqual(merged[key], Object.hasOwn(updates, key) ? updates[key] : state[key]);
    }
  }));
});

Deno.test("merging the same update twice changes nothing more", () => {
  fc.assert(fc.property(jsonObject, jsonObject, (state, updates) => {
    const once = shallowMerge(state, updates);
    assert.deepEqual(shallowMerge(once, updates), once);
  }));
});
