import assert from "node:assert/strict";
import { dirname } from "node:path";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Prints its PATH; if there is a file `hang`, it runs until it is ended. */
const SHOWS_PATH = `#!/usr/bin/env bash
if [ -e hang ]; then rm hang; touch hangs; while :; do sleep 1; done; fi
echo "{\\"status\\":\\"ok\\",\\"logs\\":[{\\"message\\":\\"$PATH\\"}]}"
`;

/** A PATH with the folder of the Deno that runs the gateway. */
function withDeno(path: string): string {
  const folder = dirname(Deno.execPath());
  return path.split(":").includes(folder) ? path : `${path}:${folder}`;
}

Deno.test("a gateway without PATH finds ps, and its plugins find bash", async () => {
  await using site = createSite({ it: { script: SHOWS_PATH } });
  const folder = `${site.folder}/plugins/it`;
  Deno.writeTextFileSync(`${folder}/hang`, "");
  const crashed = site.start({ env: { PATH: "" } });
  await until("the plugin", () => exists(`${folder}/hangs`));
  await crashed.kill();

  const gateway = site.start({ env: { PATH: "" } });
  const recovered = await gateway.logged("Orphaned job recovered");
  assert.equal(recovered.leftover_processes, "killed");
  const { text } = await gateway.logged("Plugin says");
  assert.equal(text, withDeno("/usr/local/bin:/usr/bin:/bin"));
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "no PATH",
    times: 2,
    outcome: "plugins have the usual one, recovery finds ps",
    isNew: true,
  });
});

Deno.test("a PATH without node reaches a plugin with nothing but the folder of Deno added", async () => {
  await using site = createSite({ it: { script: SHOWS_PATH } });
  const PATH = `${site.folder}/bin`;
  Deno.mkdirSync(PATH);
  Deno.symlinkSync("/bin/bash", `${PATH}/bash`);
  const gateway = site.start({ env: { PATH } });
  assert.equal((await gateway.logged("Plugin says")).text, withDeno(PATH));
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "PATH without node",
    times: 1,
    outcome: "passed on, with the folder of Deno at its end",
    isNew: true,
  });
});
