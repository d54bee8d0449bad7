import fc from "fast-check";
import assert from "node:assert/strict";
import {
  applyUpdates,
  formerOf,
  MAX_STATE_BYTES,
  shallowMerge,
  undoChange,
} from "../../src/core/state.ts";

const jsonObject = fc.dictionary(fc.string(), fc.jsonValue());

Deno.test("an update replaces a whole top-level key", () => {
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

Deno.test("every key is from the update if it has the key, else from the state", () => {
  fc.assert(fc.property(jsonObject, jsonObject, (state, updates) => {
    const merged = shallowMerge(state, updates);
    const keys = new Set([...Object.keys(state), ...Object.keys(updates)]);
    assert.deepEqual(new Set(Object.keys(merged)), keys);
    for (const key of keys) {
      assert.deepEqual(merged[key], Object.hasOwn(updates, key) ? updates[key] : state[key]);
    }
  }));
});

Deno.test("merging the same update a second time changes nothing", () => {
  fc.assert(fc.property(jsonObject, jsonObject, (state, updates) => {
    const once = shallowMerge(state, updates);
    assert.deepEqual(shallowMerge(once, updates), once);
  }));
});

Deno.test("a state of exactly the limit fits, one more byte does not", () => {
  const frame = JSON.stringify({ a: "" }).length;
  const fits = applyUpdates({}, { a: "x".repeat(MAX_STATE_BYTES - frame) });
  assert.equal(fits.ok, true);
  assert.deepEqual(applyUpdates({}, { a: "x".repeat(MAX_STATE_BYTES - frame + 1) }), {
    ok: false,
    error:
      "state would be at least 1048577 bytes, the limit is 1048576; keep less in state_updates",
  });
});

Deno.test("the limit counts bytes, not characters", () => {
  assert.equal(applyUpdates({}, { a: "é".repeat(MAX_STATE_BYTES / 2) }).ok, false);
});

Deno.test("the limit applies to the whole state, not to the update", () => {
  const half = "x".repeat(MAX_STATE_BYTES / 2);
  assert.equal(applyUpdates({ a: half }, { b: half }).ok, false);
  assert.equal(applyUpdates({ a: half }, { a: half }).ok, true);
});

Deno.test("what a change replaced restores the state before it", () => {
  fc.assert(fc.property(jsonObject, jsonObject, (state, updates) => {
    const former = formerOf(state, updates);
    const before = undoChange(shallowMerge(state, updates), former);
    assert.deepEqual({ ...before }, { ...state }); // of any prototype
  }));
});

Deno.test("only the keys whose value changes are kept, and a new key has no former value", () => {
  const state = { same: { a: [1] }, other: 1, left: true };
  const updates = { same: { a: [1] }, other: null, added: 2 };
  assert.deepEqual(formerOf(state, updates), { other: [1], added: [] });
  assert.deepEqual(formerOf(state, {}), {});
});
