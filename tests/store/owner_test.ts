import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { prepareOwnerTables } from "../../src/store/owner.ts";
import { openTempStore } from "../support/memory.ts";

const DAY_MS = 86_400_000;

Deno.test("a pause is kept until it is ended or over, and one of the same entry replaces it", () => {
  using temp = openTempStore();
  const { pauses } = temp.store;
  const common = { pausedAt: 1_000, pausedBy: "ann" };
  const endless = { ...common, plugin: "a", until: undefined };
  const short = { ...common, plugin: "b", until: 2_000 };
  pauses.write({ ...endless, until: 5_000 });
  pauses.write(endless);
  pauses.write(short);
  assert.deepEqual([...pauses.readAll().values()], [endless, short]);
  pauses.deleteOver(1_999);
  assert.equal(pauses.readAll().size, 2);
  pauses.deleteOver(2_000);
  assert.deepEqual([...pauses.readAll().keys()], ["a"]);
  assert.deepEqual([pauses.end("a"), pauses.end("a")], [true, false]);
});

Deno.test("an end of a pause that cannot be read never comes", () => {
  using temp = openTempStore();
  using db = new DatabaseSync(temp.path);
  db.exec("INSERT INTO pauses VALUES ('a', 'then', 'some day', 'ann')");
  assert.equal(temp.store.pauses.readAll().get("a")?.until, undefined);
});

Deno.test("the audit keeps what operators did for a year", () => {
  using temp = openTempStore();
  using db = new DatabaseSync(temp.path);
  const { audit } = prepareOwnerTables(db);
  for (const [at, command] of [[0, "first"], [300 * DAY_MS, "second"], [400 * DAY_MS, "third"]]) {
    audit.add({ at: Number(at), user: "ann", command: String(command), args: ["it", "--all"] });
  }
  const rows = db.prepare("SELECT command, user, arguments FROM audit ORDER BY id").all();
  assert.deepEqual(rows.map((row) => Object.values(row)), [
    ["second", "ann", '["it","--all"]'],
    ["third", "ann", '["it","--all"]'],
  ]);
});
