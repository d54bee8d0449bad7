import assert from "node:assert/strict";
import { createSite } from "../support/site.ts";

const FAILS = { script: "#!/bin/bash\necho broken >&2\nexit 1\n" };

Deno.test("a plugin fails, waits and stops as defaults say, unless its entry says otherwise", async () => {
  await using site = createSite({
    plain: { ...FAILS, entry: "{ schedule: { every: 1h } }" },
    patient: { ...FAILS, entry: "{ schedule: { every: 1h }, retry: { backoff_base: 1d } }" },
    never: { ...FAILS, entry: "{ schedule: { every: 1h }, retry: false }" },
  });
  const path = `${site.folder}/config.yaml`;
  const defaults = "{ max_attempts: 2, retry: { backoff_base: 100ms, backoff_max: 200ms } }";
  Deno.writeTextFileSync(path, `defaults: ${defaults}\n${Deno.readTextFileSync(path)}`);

  const gateway = site.start();
  await gateway.logged("Job failed", { plugin: "plain" });
  await gateway.logged("Job failed", { plugin: "patient" });
  await gateway.logged("Job failed", { plugin: "never" });
  assert.equal(await gateway.stop(), 0);
  const attempts = site.query(
    "SELECT plugin, count(*) AS n FROM job_log GROUP BY plugin ORDER BY plugin",
  );
  assert.deepEqual(attempts, [
    { plugin: "never", n: 1 },
    { plugin: "patient", n: 2 },
    { plugin: "plain", n: 2 },
  ]);
});
