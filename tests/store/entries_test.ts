import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
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
