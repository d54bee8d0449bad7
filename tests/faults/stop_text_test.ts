import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";

Deno.test("on ctrl-C while a plugin runs, the log says what the stop waits for, and how to end it", async () => {
  const script =
    `#!/bin/bash\nuntil [ -e go ] || ! [ -e run.sh ]; do sleep 0.02; done; echo '{"status":"ok"}'\n`;
  await using site = createSite({ slow: { script } }, "shutdown_grace: 20s");
  const gateway = site.start();
  const { job_id } = await gateway.logged("Plugin spawned");
  gateway.signal("SIGINT");
  const waiting = await gateway.logged(
    "Waiting for a running plugin, a second signal ends it now",
    { plugin: "slow", job_id },
  );
  assert.deepEqual([waiting.level, waiting.up_to_ms], ["info", 20_000]);
  Deno.writeTextFileSync(`${site.folder}/plugins/slow/go`, "");
  assert.equal(await gateway.exit, 0);
  recordFault({
    fault: "ctrl-C while a plugin runs",
    times: 1,
    outcome: "the log names plugin, job and what to do",
    isNew: true,
  });
});

Deno.test("on ctrl-C while nothing runs, the stop waits for nothing", async () => {
  await using site = createSite({ quick: { script: `#!/bin/bash\necho '{"status":"ok"}'\n` } });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  gateway.signal("SIGINT");
  assert.equal(await gateway.exit, 0);
  const last = gateway.log().slice(-2).map(({ message }) => message);
  assert.deepEqual(last, ["Stopping", "Gateway stopped"]);
});
