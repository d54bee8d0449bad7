import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";

Deno.test("the log has the first twenty problems of a config, and counts the rest", async () => {
  await using site = createSite({});
  const keys = Array.from({ length: 30 }, (_, n) => `unknown_${n}: 1\n`);
  Deno.writeTextFileSync(`${site.folder}/config.yaml`, `${keys.join("")}plugins: {}\n`);
  const gateway = site.start();
  assert.equal(await gateway.exit, 78);
  const log = gateway.log();
  assert.ok(log.every(({ message }) => message === "Config cannot be used"));
  assert.deepEqual(log.slice(0, 20).map(({ error }) => error), gateway.stderr.slice(0, 20));
  assert.match(String(log[20]?.error), /and 10 more$/);
  assert.equal(log.length, 21);
  recordFault({
    fault: "30 problems in config.yaml",
    times: 1,
    outcome: "the first 20 in the log, too",
    isNew: true,
  });
});

Deno.test("a bad config has its exit code even if the log is on a full disk", async () => {
  await using site = createSite({});
  Deno.writeTextFileSync(`${site.folder}/config.yaml`, "plugins: 1\n");
  const gateway = site.start({ stdoutPath: "/dev/full" });
  assert.equal(await gateway.exit, 78);
  assert.equal(gateway.stderr.length, 1);
});
