import assert from "node:assert/strict";
import { createFiles } from "../../src/operator/create_files.ts";
import { exists } from "../support/tools.ts";

function tempFolder() {
  const path = Deno.makeTempDirSync({ prefix: "senechal-files-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("files are created with their folders, and undone with them", () => {
  using folder = tempFolder();
  const created = createFiles(`${folder.path}/new`, [
    { path: "a/b/run.sh", text: "one", isExecutable: true },
    { path: "c", text: "é" },
  ]);
  assert.ok(created.ok);
  assert.equal(Deno.readTextFileSync(`${folder.path}/new/c`), "é");
  assert.notEqual((Deno.statSync(`${folder.path}/new/a/b/run.sh`).mode ?? 0) & 0o100, 0);
  assert.equal((Deno.statSync(`${folder.path}/new/c`).mode ?? 0) & 0o111, 0);
  created.undo();
  assert.equal(exists(`${folder.path}/new`), false);
});

Deno.test("undoing keeps a folder in which somebody else has put something", () => {
  using folder = tempFolder();
  const created = createFiles(`${folder.path}/new`, [{ path: "a", text: "" }]);
  Deno.writeTextFileSync(`${folder.path}/new/mine`, "");
  assert.ok(created.ok);
  created.undo();
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/new`)].map(({ name }) => name), ["mine"]);
});

Deno.test("a file that cannot be created takes the earlier ones with it, and the others stay", () => {
  using folder = tempFolder();
  Deno.writeTextFileSync(`${folder.path}/mine`, "mine");
  const created = createFiles(folder.path, [
    { path: "a/b", text: "" },
    { path: "a/b/c", text: "" }, // a/b is no folder by then
  ]);
  assert.equal(created.ok, false);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["mine"]);
});

Deno.test("a file that appears only now is not overwritten", () => {
  using folder = tempFolder();
  const twice = { path: "a", text: "" }; // the second one finds the first in its way
  const created = createFiles(folder.path, [twice, twice]);
  assert.ok(!created.ok);
  assert.match(created.error, /exists/);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});
