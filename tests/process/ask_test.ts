import assert from "node:assert/strict";
import { ask } from "../../src/process/ask.ts";

Deno.test("a program of the system is asked, and one that is not there says nothing", async () => {
  assert.equal(await ask("/bin/sh", ["-c", "echo answer"]), "answer\n");
  assert.equal(await ask("/no/such/program", []), undefined);
});

Deno.test({
  name: "one that hangs says nothing, and is ended",
  sanitizeOps: false, // what it might still print is not waited for
  sanitizeResources: false,
  async fn() {
    assert.equal(await ask("/bin/sleep", ["99"], 50), undefined);
  },
});
