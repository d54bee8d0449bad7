import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createTransaction, openDatabase, withoutSync } from "../../src/sqlite/database.ts";
import { DatabaseUnusable } from "../../src/sqlite/storage_error.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";

/** A path in its own folder, which is removed with it. */
function tempPath() {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-db-" });
  return {
    folder,
    path: `${folder}/data/state.db`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

function assertRefusedUntouched(path: string, message: RegExp): void {
  const before = Deno.readFileSync(path);
  assert.throws(() => openDatabase(path, STATE_FORMAT), (error) => {
    assert.ok(error instanceof DatabaseUnusable);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(Deno.readFileSync(path), before);
}

Deno.test("a new database is private, in WAL mode, fully synchronous and at the latest version", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  assert.equal(db.prepare("SELECT journal_mode AS v FROM pragma_journal_mode").get()?.v, "wal");
  assert.equal(db.prepare("SELECT synchronous AS v FROM pragma_synchronous").get()?.v, 2);
  assert.equal(db.prepare("SELECT user_version AS v FROM pragma_user_version").get()?.v, 3);
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
    assert.equal((Deno.statSync(`${temp.folder}/data/${name}`).mode ?? 0) & 0o777, 0o600, name);
  }
  assert.equal((Deno.statSync(`${temp.folder}/data`).mode ?? 0) & 0o777, 0o700);
  db.close();
});

Deno.test("every table is STRICT", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  const tables = db.prepare(
    "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
  ).all();
  assert.deepEqual(
    tables.map((row) => [row.name, row.strict]).sort(),
    [
      ...["audit", "entries", "health", "heartbeat", "job_log", "job_queue", "pauses"],
      ...["plugin_state", "queue_head", "requests", "schedule", "state_history", "totals"],
    ].map((name) => [name, 1]),
  );
  db.close();
});

Deno.test("opening a database again keeps its contents", () => {
  using temp = tempPath();
  const first = openDatabase(temp.path, STATE_FORMAT);
  first.exec("INSERT INTO plugin_state VALUES ('echo', '{}', 'now')");
  first.close();
  const second = openDatabase(temp.path, STATE_FORMAT);
  assert.equal(second.prepare("SELECT count(*) AS n FROM plugin_state").get()?.n, 1);
  second.close();
});

Deno.test("a file that is not a database is refused and stays as it is", () => {
  using temp = tempPath();
  Deno.mkdirSync(`${temp.folder}/data`);
  Deno.writeTextFileSync(temp.path, "not a database ".repeat(1000));
  assertRefusedUntouched(
    temp.path,
    /^Cannot open database .*: file is not a database; restore it from a backup, or set another state\.path$/,
  );
});

Deno.test("another program's database is refused and stays as it is", () => {
  using temp = tempPath();
  Deno.mkdirSync(`${temp.folder}/data`);
  const other = new DatabaseSync(temp.path);
  other.exec("CREATE TABLE bookmarks (url TEXT)");
  other.close();
  assertRefusedUntouched(temp.path, /it belongs to another program; set state.path/);
});

Deno.test("a database of a later version is refused and stays as it is", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  db.exec("PRAGMA user_version = 99");
  db.close();
  assertRefusedUntouched(
    temp.path,
    /its tables are version 99, but this program supports only up to 3/,
  );
});

Deno.test("a truncated database is refused and stays as it is", () => {
  using temp = tempPath();
  openDatabase(temp.path, STATE_FORMAT).close();
  Deno.truncateSync(temp.path, 8192);
  assertRefusedUntouched(temp.path, /database disk image is malformed/);
});

Deno.test("a transaction that throws leaves nothing behind", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  assert.throws(() =>
    createTransaction(db)(() => {
      db.exec("INSERT INTO plugin_state VALUES ('echo', '{}', 'now')");
      throw new Error("halfway");
    }), /halfway/);
  assert.equal(db.prepare("SELECT count(*) AS n FROM plugin_state").get()?.n, 0);
  assert.equal(db.isTransaction, false);
  db.close();
});

Deno.test("after a statement whose commit may wait, all others reach the disk at once again", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  const synchronous = () => db.prepare("SELECT synchronous AS v FROM pragma_synchronous").get()?.v;
  assert.equal(withoutSync(db, synchronous), 1);
  assert.equal(synchronous(), 2);
  assert.throws(() =>
    withoutSync(db, () => {
      throw new Error("halfway");
    }), /halfway/);
  assert.equal(synchronous(), 2);
  db.close();
});

Deno.test("a statement waits for another process's lock, but for a second at most", () => {
  using temp = tempPath();
  const db = openDatabase(temp.path, STATE_FORMAT);
  assert.equal(db.prepare("SELECT timeout AS v FROM pragma_busy_timeout").get()?.v, 1_000);
  db.close();
});

Deno.test("what a crash left half-written, with a rollback journal, is rolled back", () => {
  using temp = tempPath();
  const crashed = `${temp.folder}/crashed.db`;
  openDatabase(temp.path, STATE_FORMAT).close();
  using db = new DatabaseSync(temp.path);
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; CREATE TABLE half (a)");
  for (let n = 0; n < 100; n++) db.exec("INSERT INTO half VALUES (zeroblob(1000))");
  for (const end of ["", "-journal"]) Deno.copyFileSync(`${temp.path}${end}`, `${crashed}${end}`);
  const opened = openDatabase(crashed, STATE_FORMAT);
  const half = opened.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'").get();
  assert.equal(half?.n, 0);
  opened.close();
});
