import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  DatabaseUnusable,
  isDamage,
  mayPass,
  passingStorageError,
  StorageUnreachable,
} from "../../src/sqlite/storage_error.ts";

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

Deno.test("an error of a prepared statement is classified by its result code", () => {
  const path = Deno.makeTempFileSync();
  using holder = new DatabaseSync(path);
  using waiter = new DatabaseSync(path, { timeout: 0 });
  holder.exec("BEGIN IMMEDIATE");
  const error = errorOf(() => waiter.prepare("BEGIN IMMEDIATE").run());
  assert.ok(error instanceof Error);
  error.message = "reworded";
  assert.match(String(passingStorageError(error)), /^reworded: another process holds/);
  holder.exec("ROLLBACK");
  Deno.removeSync(path);
});

Deno.test("a damaged file is damage, and does not pass by itself", () => {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, "not a database ".repeat(1_000));
  using db = new DatabaseSync(path);
  const error = errorOf(() => db.prepare("SELECT * FROM sqlite_schema").all());
  assert.equal(isDamage(error), true);
  assert.equal(passingStorageError(error), undefined);
  assert.equal(isDamage(new Error("file is not a database")), false);
  Deno.removeSync(path);
});

Deno.test("a wrong statement or a bug does not pass by itself", () => {
  using db = new DatabaseSync(":memory:");
  assert.equal(passingStorageError(errorOf(() => db.exec("SELECT * FROM nowhere"))), undefined);
  assert.equal(passingStorageError(new TypeError("database is locked")), undefined);
});

Deno.test("too many open files, no memory and a failing disk may pass by themselves", () => {
  const said = (number: number) => new Error(`Cannot open (os error ${number}): open 'x'`);
  for (const number of [5, 12, 23, 24, 28, 30, 122]) assert.equal(mayPass(said(number)), true);
  for (const number of [2, 13, 20]) assert.equal(mayPass(said(number)), false);
  assert.match(new StorageUnreachable("x", said(24)).message, /: close files, or raise the limit/);
});

Deno.test("an unusable database counts as damage only if damage is the cause", () => {
  assert.equal(isDamage(new DatabaseUnusable("it is damaged", true)), true);
  assert.equal(isDamage(new DatabaseUnusable("it belongs to another program")), false);
});

Deno.test("what only the extended result code tells apart is one kind of failure", () => {
  const error = Object.assign(new Error("reworded"), {
    code: "ERR_SQLITE_ERROR",
    errcode: 778, // SQLITE_IOERR_WRITE
  });
  assert.match(String(passingStorageError(error)), /^reworded: check the disk/);
});

Deno.test("a table or a column that another program removed is damage", () => {
  using db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (x)");
  for (const sql of ["SELECT x FROM other", "SELECT y FROM t"]) {
    assert.equal(isDamage(errorOf(() => db.prepare(sql))), true, sql);
  }
  assert.equal(isDamage(errorOf(() => db.prepare("SELECT"))), false);
});
