import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { run } from "../support/tools.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).href;

Deno.test("an older Deno that can read the program is refused in one line", async () => {
  const code = `Object.defineProperty(Deno, "version", { value: { deno: "2.5.0" } });
    const { main } = await import("${MAIN}");
    Deno.exit(await main(["start"]));`;
  const ran = await run(Deno.execPath(), ["eval", "--quiet", code], { env: { NO_COLOR: "1" } });
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^Cannot start: this is Deno 2\.5\.0, and Deno 2\.9 or newer .*\n$/);
  recordFault({ fault: "an older Deno", times: 1, outcome: "exit 1, one line", isNew: true });
});
