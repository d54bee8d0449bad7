import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { passingStorageError } from "../../src/sqlite/storage_error.ts";

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

Deno.test("a full disk may pass by itself", () => {
  using db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (x); PRAGMA max_page_count = 2");
  const error = errorOf(() => db.exec("INSERT INTO t VALUES (zeroblob(100000))"));
  assert.equal(
    passingStorageError(error),
    "database or disk is full: free space on the disk",
  );
});

Deno.test("a lock held by another connection may pass by itself", () => {
  const path = Deno.makeTempFileSync();
  using holder = new DatabaseSync(path);
  using waiter = new DatabaseSync(path, { timeout: 0 });
  holder.exec("BEGIN IMMEDIATE");
  const error = errorOf(() => waiter.exec("BEGIN IMMEDIATE"));
  assert.match(String(passingStorageError(error)), /^database is locked: another process holds/);
  holder.exec("ROLLBACK");
  Deno.removeSync(path);
});

Deno.test("a wrong statement or a fault of ours does not pass by itself", () => {
  using db = new DatabaseSync(":memory:");
  assert.equal(passingStorageError(errorOf(() => db.exec("SELECT * FROM nowhere"))), undefined);
  assert.equal(passingStorageError(new TypeError("database is locked")), undefined);
});
