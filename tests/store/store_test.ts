import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DatabaseUnusable, StorageUnreachable } from "../../src/sqlite/storage_error.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("a deleted write-ahead log is not given up while another process reads an earlier part of it", () => {
  using temp = openTempStore();
  const { store } = temp;
  store.states.write("echo", '{"n":1}', 0);
  {
    using reader = new DatabaseSync(temp.path, { readOnly: true });
    reader.exec("BEGIN; SELECT count(*) FROM job_log");
    store.states.write("echo", '{"n":2}', 0);
    Deno.removeSync(`${temp.path}-wal`);
    assert.equal(store.place(), "log replaced");
    assert.throws(() => store.reopen(), StorageUnreachable);
    assert.equal(store.place(), "log replaced");
  }
  store.reopen();
  assert.equal(store.place(), "in place");
  assert.deepEqual(store.states.read("echo"), { ok: true, state: { n: 2 } });
});

Deno.test("a database that cannot be reopened is closed until it can, even if its former files return", () => {
  using temp = openTempStore();
  const { store, path } = temp;
  store.states.write("echo", '{"n":1}', 0);
  Deno.renameSync(path, `${path}.away`);
  Deno.writeTextFileSync(path, "not a database ".repeat(1_000));
  assert.equal(store.place(), "database replaced");
  assert.throws(() => store.reopen(), DatabaseUnusable);
  Deno.renameSync(`${path}.away`, path);
  assert.equal(store.place(), "closed");
  assert.throws(() => store.jobs, StorageUnreachable);
  store.reopen();
  assert.equal(store.place(), "in place");
  assert.deepEqual(store.states.read("echo"), { ok: true, state: { n: 1 } });
});
