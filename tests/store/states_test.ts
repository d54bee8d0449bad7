import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { applyUpdates } from "../../src/core/state.ts";
import { KEPT_CHANGE_BYTES } from "../../src/store/states.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("a plugin that never stored anything has an empty state", () => {
  using temp = openTempStore();
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

Deno.test("a written state reads back, for that plugin alone", () => {
  using temp = openTempStore();
  const { states } = temp.store;
  states.write("echo", '{"a":1,"b":{"c":2}}', 0);
  states.write("echo", '{"a":1,"b":null}', 0);
  assert.deepEqual(states.read("echo"), { ok: true, state: { a: 1, b: null } });
  assert.deepEqual(states.read("other"), { ok: true, state: {} });
});

Deno.test("a state 100 levels deep is read, a deeper one is an error, however deep it is", () => {
  using temp = openTempStore();
  const { states } = temp.store;
  const deep = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  const error =
    "the state stored in plugin_state is nested more than 100 levels deep; repair or delete that row";
  states.write("echo", deep(100), 0);
  assert.ok(states.read("echo").ok);
  for (const levels of [101, 100_000]) {
    states.write("echo", deep(levels), 0);
    assert.deepEqual(states.read("echo"), { ok: false, error });
  }
});

Deno.test("numbers of a state are kept digit for digit", () => {
  using temp = openTempStore();
  const json = '{"a":[9007199254740993,1e400,-0,1.0,0.1234567890123456789]}';
  temp.store.states.write("echo", json, 0);
  const stored = temp.store.states.read("echo");
  const fitted = stored.ok && applyUpdates(stored.state, { b: 1 });
  assert.ok(fitted && fitted.ok);
  assert.equal(fitted.json, `${json.slice(0, -1)},"b":1}`);
});

Deno.test("a stored state that is not a JSON object is an error that says what to do", () => {
  using temp = openTempStore();
  const error = "the state stored in plugin_state is not a JSON object; repair or delete that row";
  for (const damaged of ["{", "[]", "null", ""]) {
    temp.store.states.write("echo", damaged, 0);
    assert.deepEqual(temp.store.states.read("echo"), { ok: false, error });
  }
});

Deno.test("a stored state that has a NUL or is not UTF-8 is an error, and no part of it is used", () => {
  using temp = openTempStore();
  using db = new DatabaseSync(temp.path);
  const stored: readonly [sql: string, error: RegExp][] = [
    [`'{"a":1}' || char(0) || 'b'`, /is not a JSON object/],
    [`CAST(x'7b2261223a22ff227d' AS TEXT)`, /is not UTF-8/],
  ];
  for (const [sql, error] of stored) {
    db.exec(`INSERT OR REPLACE INTO plugin_state VALUES ('echo', ${sql}, 'now')`);
    const read = temp.store.states.read("echo");
    assert.match(read.ok ? "" : read.error, error);
  }
});

/** The changes of a plugin that are kept, the oldest first. */
function changesOf(path: string, plugin: string) {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare(
    "SELECT changed_at, job_id, former FROM state_history WHERE plugin = ? ORDER BY id",
  ).all(plugin).map((row) => ({ ...row }));
}

Deno.test("a change keeps what it replaced, with its job; one that changes nothing keeps nothing", () => {
  using temp = openTempStore();
  const { states } = temp.store;
  const common = { plugin: "echo", now: 1_000 };
  states.change({ ...common, json: '{"a":1}', former: { a: [] }, jobId: "j1" });
  states.change({ ...common, json: '{"a":1}', former: {}, jobId: "j2" });
  states.change({ ...common, json: '{"a":2}', former: { a: [1] }, jobId: "j3" });
  assert.deepEqual(states.read("echo"), { ok: true, state: { a: 2 } });
  const changed_at = "1970-01-01T00:00:01.000Z";
  assert.deepEqual(changesOf(temp.path, "echo"), [
    { changed_at, job_id: "j1", former: '{"a":[]}' },
    { changed_at, job_id: "j3", former: '{"a":[1]}' },
  ]);
});

Deno.test("of each plugin the last 50 changes are kept, at most 1 MiB, and always the last one", () => {
  using temp = openTempStore();
  const change = (plugin: string, n: number, value: unknown) =>
    temp.store.states.change({
      plugin,
      json: "{}",
      former: { v: [value] },
      jobId: `j${n}`,
      now: n,
    });
  const kept = (plugin: string) => changesOf(temp.path, plugin).map(({ job_id }) => job_id);
  for (let n = 1; n <= 60; n++) change("small", n, n);
  assert.deepEqual([kept("small").length, kept("small")[0]], [50, "j11"]);
  const half = "é".repeat(KEPT_CHANGE_BYTES / 4 - 20); // two bytes each
  for (const n of [1, 2, 3]) change("large", n, half);
  assert.deepEqual(kept("large"), ["j2", "j3"]);
  change("large", 4, half + half + half);
  assert.deepEqual(kept("large"), ["j4"]);
  assert.equal(kept("small").length, 50);
});
