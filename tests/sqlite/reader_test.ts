import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readDatabase } from "../../src/sqlite/reader.ts";
import { DatabaseUnusable } from "../../src/sqlite/storage_error.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";
import { openTempStore } from "../support/memory.ts";
import { enqueueJob } from "../support/jobs.ts";

const COUNT = "SELECT count(*) AS n FROM job_queue";

/** The error of a read of this file. */
function refusalOf(path: string): string {
  try {
    readDatabase(path, STATE_FORMAT, () => undefined);
  } catch (error) {
    assert.ok(error instanceof DatabaseUnusable);
    return error.message.replace(path, "DB");
  }
  throw new Error("it was read");
}

function createFolder() {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-reader-" }));
  return {
    path: `${folder}/state.db`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("a reader sees one moment, beside a writer, and holds nothing afterwards", () => {
  using temp = openTempStore();
  enqueueJob(temp.store);
  const counts = readDatabase(temp.path, STATE_FORMAT, (db) => {
    const count = () => db.prepare(COUNT).get()?.n;
    const before = count();
    enqueueJob(temp.store);
    return [before, count()];
  });
  assert.deepEqual(counts, [1, 1]);
  using other = new DatabaseSync(temp.path);
  assert.deepEqual({ ...other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() }, {
    busy: 0,
    log: 0,
    checkpointed: 0,
  });
});

Deno.test("a reader cannot write", () => {
  using temp = openTempStore();
  assert.throws(
    () => readDatabase(temp.path, STATE_FORMAT, (db) => db.exec("DELETE FROM job_queue")),
    /attempt to write a readonly database/,
  );
});

Deno.test("a database that is not there, empty, foreign or of another version is one line, and stays as it is", () => {
  using folder = createFolder();
  const { path } = folder;
  const missing =
    "Cannot read database DB: it is not there; start the gateway once (senechal-gw start), or check state.path";
  assert.equal(refusalOf(path), missing);
  Deno.writeTextFileSync(path, "");
  assert.equal(refusalOf(path), missing);
  Deno.writeTextFileSync(path, "not a database ".repeat(100));
  assert.match(refusalOf(path), /^Cannot read database DB: .*file is not a database/);
  Deno.removeSync(path);
  Deno.mkdirSync(path);
  assert.match(refusalOf(path), /it is not a regular file/);
  Deno.removeSync(path);

  using db = new DatabaseSync(path);
  db.exec("CREATE TABLE t (a)");
  assert.match(refusalOf(path), /it belongs to another program/);
  db.exec(`PRAGMA application_id = ${STATE_FORMAT.applicationId}; PRAGMA user_version = 1`);
  assert.equal(
    refusalOf(path),
    "Cannot read database DB: its tables are version 1, and this program reads only version 3; " +
      "start the gateway of this version once, which updates it",
  );
  db.exec("PRAGMA user_version = 99");
  assert.match(refusalOf(path), /version 99, .*; use the newer senechal-gw that wrote it$/);
  assert.deepEqual(db.prepare("PRAGMA user_version").get()?.user_version, 99);
});
