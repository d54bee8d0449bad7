import assert from "node:assert/strict";
import { applyUpdates } from "../../src/core/state.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("a plugin that never stored anything has an empty state", () => {
  using temp = openTempStore();
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

Deno.test("what was written is read back, for that plugin alone", () => {
  using temp = openTempStore();
  const { states } = temp.store;
  states.write("echo", '{"a":1,"b":{"c":2}}', 0);
  states.write("echo", '{"a":1,"b":null}', 0);
  assert.deepEqual(states.read("echo"), { ok: true, state: { a: 1, b: null } });
  assert.deepEqual(states.read("other"), { ok: true, state: {} });
});

Deno.test("a state 100,000 levels deep is kept whole", () => {
  using temp = openTempStore();
  const { states } = temp.store;
  const json = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const fitted = applyUpdates({}, JSON.parse(json));
  assert.ok(fitted.ok);
  states.write("echo", fitted.json, 0);
  const stored = states.read("echo");
  assert.ok(stored.ok && JSON.stringify(stored.state) === json);
});

Deno.test("a stored state that is no JSON object is an error that names the way out", () => {
  using temp = openTempStore();
  const error = "the state stored in plugin_state is not a JSON object; repair or delete that row";
  for (const damaged of ["{", "[]", "null", ""]) {
    temp.store.states.write("echo", damaged, 0);
    assert.deepEqual(temp.store.states.read("echo"), { ok: false, error });
  }
});
