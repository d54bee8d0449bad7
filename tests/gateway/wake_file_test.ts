import assert from "node:assert/strict";
import { watchWakeFile } from "../../src/gateway/wake_file.ts";
import { recordingLog } from "../support/memory.ts";
import { run } from "../support/tools.ts";
import { until } from "../support/wait.ts";

Deno.test("a FIFO in the wake folder does not keep the gateway from hearing or ending", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-wake-" });
  let notices = 0;
  {
    using wakeFile = watchWakeFile(`${folder}/state.db`, () => notices++, recordingLog().log);
    for (const name of ["now", "other"]) {
      assert.equal((await run("mkfifo", [`${folder}/wake/${name}`])).code, 0);
    }
    wakeFile.keep();
    assert.deepEqual([...Deno.readDirSync(`${folder}/wake`)], []);
    await until("the watcher hears again", () => {
      const before = notices;
      Deno.writeTextFileSync(`${folder}/wake/now`, "");
      return before > 2;
    });
    assert.equal((await run("mkfifo", [`${folder}/wake/last`])).code, 0);
  }
  assert.deepEqual([...Deno.readDirSync(`${folder}/wake`)].map(({ name }) => name), ["now"]);
  Deno.removeSync(folder, { recursive: true });
});
