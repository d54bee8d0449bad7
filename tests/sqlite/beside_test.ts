import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { lookBeside } from "../../src/sqlite/beside.ts";

const OURS = 0x534e434c;
const THEIRS = 0x12345678;
const JOURNAL = 0xd9d505f9;

/** A database with an application id, and a place for files beside it. */
function createDatabase(applicationId: number) {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-beside-" });
  const path = `${folder}/state.db`;
  {
    using db = new DatabaseSync(path);
    db.exec(`PRAGMA application_id = ${applicationId}; CREATE TABLE x (a)`);
  }
  return {
    path,
    look: () => lookBeside(path, OURS),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** The header of a rollback journal that was begun at this number of pages. */
function journal(magic: number, pages: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(28));
  header.setUint32(0, magic);
  header.setUint32(16, pages);
  return new Uint8Array(header.buffer);
}

Deno.test("whatever SQLite would open beside a database has to be a regular file", () => {
  for (const suffix of ["-wal", "-shm", "-journal"]) {
    using database = createDatabase(OURS);
    assert.deepEqual(database.look(), { kind: "in order" });
    Deno.mkdirSync(database.path + suffix);
    assert.deepEqual(database.look(), { kind: "no file", path: database.path + suffix });
  }
});

Deno.test("a rollback journal belongs to whom the database belongs; one of an empty database to nobody else", () => {
  const cases = [[OURS, 2, true], [THEIRS, 2, false], [THEIRS, 0, false], [0, 2, false], [
    0,
    0,
    true,
  ]];
  for (const [application, pages, isOurs] of cases) {
    using database = createDatabase(Number(application));
    Deno.writeFileSync(`${database.path}-journal`, journal(JOURNAL, Number(pages)));
    assert.deepEqual(database.look(), { kind: "half-written", isOurs });
    Deno.writeFileSync(`${database.path}-journal`, journal(0, Number(pages)));
    assert.deepEqual(database.look(), { kind: "in order" }, "a finished journal");
  }
});

Deno.test("an index without its write-ahead log says that the log is lost, but only beside our database", () => {
  for (const [application, kind] of [[OURS, "log lost"], [THEIRS, "in order"]] as const) {
    using database = createDatabase(application);
    Deno.writeTextFileSync(`${database.path}-shm`, "");
    assert.deepEqual(database.look(), { kind });
    Deno.writeTextFileSync(`${database.path}-wal`, "");
    assert.deepEqual(database.look(), { kind: "in order" });
  }
});
