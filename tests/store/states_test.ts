import assert from "node:assert/strict";
import { MAX_STATE_BYTES } from "../../src/core/state.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("a plugin that never stored anything has an empty state", () => {
  using temp = openTempStore();
  assert.deepEqual(temp.store.pluginState.read("echo"), { ok: true, state: {} });
});

Deno.test("what was merged and written is read back, for that plugin alone", () => {
  using temp = openTempStore();
  const { pluginState } = temp.store;
  const first = pluginState.merge("echo", { a: 1, b: { c: 2 } });
  assert.ok(first.ok);
  pluginState.write("echo", first.json, 0);
  const second = pluginState.merge("echo", { b: null });
  assert.ok(second.ok);
  pluginState.write("echo", second.json, 0);
  assert.deepEqual(pluginState.read("echo"), { ok: true, state: { a: 1, b: null } });
  assert.deepEqual(pluginState.read("other"), { ok: true, state: {} });
});

Deno.test("a merged state of exactly the limit is stored, one byte more is refused", () => {
  using temp = openTempStore();
  const frame = JSON.stringify({ a: "" }).length;
  const fits = temp.store.pluginState.merge("echo", { a: "x".repeat(MAX_STATE_BYTES - frame) });
  assert.equal(fits.ok, true);
  const tooMuch = temp.store.pluginState.merge("echo", {
    a: "x".repeat(MAX_STATE_BYTES - frame + 1),
  });
  assert.deepEqual(tooMuch, {
    ok: false,
    error: "state would be 1048577 bytes, the limit is 1048576; keep less in state_updates",
  });
});

Deno.test("the limit counts bytes, not characters", () => {
  using temp = openTempStore();
  const merged = temp.store.pluginState.merge("echo", { a: "é".repeat(MAX_STATE_BYTES / 2) });
  assert.equal(merged.ok, false);
});

Deno.test("a state 100,000 levels deep is kept whole", () => {
  using temp = openTempStore();
  const { pluginState } = temp.store;
  const json = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const merged = pluginState.merge("echo", JSON.parse(json));
  assert.ok(merged.ok);
  pluginState.write("echo", merged.json, 0);
  const stored = pluginState.read("echo");
  assert.ok(stored.ok && JSON.stringify(stored.state) === json);
});

Deno.test("a stored state that is no JSON object is an error that names the way out", () => {
  using temp = openTempStore();
  const error =
    "the state stored in plugin_state is not a JSON object; mend that row, or delete it";
  for (const damaged of ["{", "[]", "null", ""]) {
    temp.store.pluginState.write("echo", damaged, 0);
    assert.deepEqual(temp.store.pluginState.read("echo"), { ok: false, error });
    assert.deepEqual(temp.store.pluginState.merge("echo", { a: 1 }), { ok: false, error });
  }
});
