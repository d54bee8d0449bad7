import assert from "node:assert/strict";
import { HeldByAnother, holdDatabase } from "../../src/sqlite/hold.ts";

Deno.test({
  name: "a database that is held cannot be held again, whatever its name, until it is released",
  ignore: Deno.build.os !== "linux",
  fn() {
    const folder = Deno.makeTempDirSync({ prefix: "senechal-hold-" });
    const [path, second] = [`${folder}/state.db`, `${folder}/second.db`];
    const hold = holdDatabase(path);
    Deno.linkSync(path, second);
    for (const name of [path, second]) assert.throws(() => holdDatabase(name), HeldByAnother);
    hold[Symbol.dispose]();
    hold[Symbol.dispose]();
    holdDatabase(second)[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  },
});
