import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";

const SCRIPT = `#!/bin/bash\ncat > /dev/null\necho '{"status":"ok","state_updates":{"a":1}}'\n`;
const MESSAGE = "State kept for entries that the config no longer names";

Deno.test("a start lists the plugins with state that the config no longer names, without disabled entries", async () => {
  await using site = createSite({
    stays: { script: SCRIPT },
    off: { script: SCRIPT },
    "old-name": { script: SCRIPT },
    removed: { script: SCRIPT },
  });
  const first = site.start();
  await first.loggedTimes("Job succeeded", 4);
  assert.equal(await first.stop(), 0);
  assert.ok(!first.log().some(({ message }) => message === MESSAGE));

  const path = `${site.folder}/config.yaml`;
  const config = Deno.readTextFileSync(path)
    .replace("off: {", "off: { enabled: false,")
    .replace("old-name:", "new-name:")
    .replace(/\n {2}removed: .*/, "");
  Deno.writeTextFileSync(path, config);
  const second = site.start();
  const line = await second.logged(MESSAGE);
  assert.deepEqual([line.level, line.count, line.entries], ["warn", 2, ["old-name", "removed"]]);
  assert.equal(await second.stop(), 0);

  site.execute("DELETE FROM plugin_state WHERE plugin_name IN ('old-name', 'removed')");
  const third = site.start();
  await third.logged("Tick");
  assert.equal(await third.stop(), 0);
  assert.ok(!third.log().some(({ message }) => message === MESSAGE));
  recordFault({
    fault: "entries renamed and removed in the config",
    times: 2,
    outcome: "a warning at the start that their state is kept",
    isNew: true,
  });
});
