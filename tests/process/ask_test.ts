import assert from "node:assert/strict";
import { ask } from "../../src/process/ask.ts";
import { isAlive, until } from "../support/wait.ts";

Deno.test("a system program is asked, and one that does not exist answers nothing", async () => {
  assert.equal(await ask("/bin/sh", ["-c", "echo answer"]), "answer\n");
  assert.equal(await ask("/no/such/program", []), undefined);
});

Deno.test({
  name: "a program that hangs answers nothing, and is ended",
  sanitizeOps: false, // the test does not wait for its output
  sanitizeResources: false,
  async fn() {
    assert.equal(await ask("/bin/sleep", ["99"], 50), undefined);
  },
});

Deno.test("a stop ends a program that was asked, and the wait for it", async () => {
  const stop = new AbortController();
  const folder = Deno.makeTempDirSync();
  const script = `echo $$ > ${folder}/pid; exec sleep 99`;
  const asked = ask("/bin/sh", ["-c", script], 60_000, stop.signal);
  const pid = await until("its pid", () => {
    try {
      return Number(Deno.readTextFileSync(`${folder}/pid`)) || undefined;
    } catch {
      return undefined;
    }
  });
  stop.abort();
  assert.equal(await asked, undefined);
  await until("its end", () => !isAlive(pid));
  Deno.removeSync(folder, { recursive: true });
});
