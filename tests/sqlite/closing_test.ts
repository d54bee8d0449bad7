import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checkpoint, copyDatabase, leaveLog } from "../../src/sqlite/closing.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { StorageUnreachable } from "../../src/sqlite/storage_error.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";
import { exists } from "../support/tools.ts";

/** A database, with a row that only its write-ahead log has. */
function createDatabase() {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-closing-" });
  const path = `${folder}/state.db`;
  const db = openDatabase(path, STATE_FORMAT);
  db.exec("PRAGMA busy_timeout = 1");
  return {
    path,
    db,
    write: () => db.exec("INSERT INTO plugin_state VALUES (hex(randomblob(8)), '{}', 'now')"),
    [Symbol.dispose]() {
      db.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** A process that reads as of now. */
function startReader(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec("BEGIN; SELECT count(*) FROM job_log");
  return reader;
}

Deno.test("a write-ahead log is not given up while a reader keeps a part of it from being moved", () => {
  using database = createDatabase();
  database.write();
  {
    using _reader = startReader(database.path);
    database.write();
    for (const step of [checkpoint, leaveLog]) {
      assert.throws(() => step(database.db), StorageUnreachable);
    }
  }
  checkpoint(database.db);
  assert.equal(Deno.statSync(`${database.path}-wal`).size, 0);
});

Deno.test("a log that is left is in the database, and nobody goes on with it", () => {
  using database = createDatabase();
  database.write();
  {
    using other = new DatabaseSync(database.path, { readOnly: true });
    other.prepare("SELECT count(*) FROM job_log").get();
    assert.throws(() => leaveLog(database.db), /database is locked/);
  }
  leaveLog(database.db);
  assert.equal(exists(`${database.path}-wal`), false);
  using copy = new DatabaseSync(database.path, { readOnly: true });
  assert.equal(copy.prepare("SELECT count(*) AS n FROM plugin_state").get()?.n, 1);
});

Deno.test("a copy has everything, also what only the log has, and only its owner can read it", async () => {
  using database = createDatabase();
  database.write();
  const path = `${database.path}.saved`;
  await copyDatabase(database.db, path);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  using copy = new DatabaseSync(path, { readOnly: true });
  assert.equal(copy.prepare("SELECT count(*) AS n FROM plugin_state").get()?.n, 1);
});
