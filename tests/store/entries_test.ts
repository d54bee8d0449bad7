import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { forgetByHand } from "../../src/store/entries.ts";
import { openTempStore } from "../support/memory.ts";

Deno.test("entries are replaced as a whole: those of before are gone", () => {
  using temp = openTempStore();
  const { entries } = temp.store;
  entries.replace(
    [{ name: "old", status: "disabled" }, { name: "it", status: "disabled" }],
    "a",
    0,
  );
  const runs = { folder: "/plugins/it", schedule: "{}", settings: '{"maxAttempts":4}' };
  const it = { name: "it", status: "enabled", ...runs } as const;
  const bad = { name: "bad", status: "refused", refusal: "missing", error: 'no "folder"' } as const;
  entries.replace([it, bad], "b", 1_000);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  const rows = db.prepare("SELECT * FROM entries ORDER BY name").all().map((row) => ({ ...row }));
  const common = { config_digest: "b", loaded_at: "1970-01-01T00:00:01.000Z" };
  assert.deepEqual(rows, [
    { ...bad, folder: null, schedule: null, settings: null, ...common },
    { ...it, refusal: null, error: null, ...common },
  ]);
});

Deno.test("the statements for an owner's hand forget and resume exactly the entries they name", () => {
  using temp = openTempStore();
  using db = new DatabaseSync(temp.path);
  const names = ["it's", "other", "'; DROP TABLE schedule; --"];
  const add = (sql: string, ...rest: string[]) =>
    names.forEach((name) => db.prepare(sql).run(name, ...rest));
  add("INSERT INTO plugin_state VALUES (?, '{}', 'now')");
  add("INSERT INTO schedule VALUES (?, 'a', 'b', 1, 0)");
  db.exec(forgetByHand([names[0] ?? "", names[2] ?? ""]));
  const left = (sql: string) => db.prepare(sql).all().map((row) => row.name);
  assert.deepEqual(left("SELECT plugin_name AS name FROM plugin_state"), ["other"]);
  assert.deepEqual(left("SELECT plugin AS name FROM schedule"), ["other"]);
});
