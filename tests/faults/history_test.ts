import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { FAULTY_GATEWAY } from "../support/gateway_process.ts";
import { createSite } from "../support/site.ts";
import { until } from "../support/wait.ts";

const POLLED = {
  script: `#!/bin/bash\necho '{"status":"ok"}'`,
  entry: "{ schedule: { every: 200ms } }",
};

Deno.test("setting the wall clock years forward while the gateway runs deletes no history", async () => {
  await using site = createSite({ it: POLLED }, "job_log_retention: 1d");
  const args = [`${site.folder}/config.yaml`, "enqueued", "3", "leap"];
  const gateway = site.start({ args, main: FAULTY_GATEWAY });
  const moved = await gateway.logged("Clock moved, history pruning paused for an hour");
  assert.equal(moved.level, "warn");
  const years = Number(moved.moved_by_ms) / (365 * 86_400_000);
  assert.ok(Math.abs(years - 3) < 0.01, `${years} years`);
  const jobs = gateway.count("Job succeeded");
  await gateway.loggedTimes("Job succeeded", jobs + 4);
  assert.equal(await gateway.stop(), 0);
  const ids = site.query("SELECT id FROM job_log ORDER BY id").map(({ id }) => id);
  assert.deepEqual(ids, ids.map((_, n) => n + 1));
  assert.ok(!gateway.log().some(({ message }) => message === "History pruned"));
  recordFault({
    fault: "clock set three years forward, running, history kept a day",
    times: 1,
    outcome: "no history deleted, a warning",
    isNew: true,
  });
});

Deno.test("history that is dated in the future expires with what was written after it", async () => {
  await using site = createSite({ it: POLLED }, "job_log_retention: 1d");
  const first = site.start();
  await first.loggedTimes("Job succeeded", 5);
  assert.equal(await first.stop(), 0);
  for (const [id, at] of [[1, "2999-01-01T00:00:00.000Z"], [2, "today"], [3, "2026-01-01T00:00"]]) {
    site.execute(`UPDATE job_log SET completed_at = '${at}' WHERE id = ${id}`);
  }
  site.execute("UPDATE job_log SET completed_at = '2998-01-01T00:00:00.000Z' WHERE id = 5");
  const second = site.start();
  await second.logged("History pruned");
  await until(
    "the deletion of the rows",
    () => site.query("SELECT 1 FROM job_log WHERE id < 4").length === 0,
  );
  assert.equal(await second.stop(), 0);
  const kept = site.query("SELECT id FROM job_log WHERE id < 6").map(({ id }) => id);
  assert.deepEqual(kept, [4, 5]);
  recordFault({
    fault: "history dated in the future, or with no time",
    times: 3,
    outcome: "pruned with what was written after it",
    isNew: true,
  });
});
