import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { until } from "../support/wait.ts";

/** Logs a hundred lines of eight kilobytes in each run. */
const CHATTY = {
  script: `#!/bin/bash
echo run >> runs
line=$(head -c 8000 /dev/zero | tr '\\0' x)
printf '{"status":"ok","logs":[{"message":"first"}'
for i in {1..99}; do printf ',{"message":"%s"}' "$line"; done
printf ']}'
`,
  entry: "{ schedule: { every: 100ms } }",
};

function residentKiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

function runsOf(site: { readonly folder: string }, plugin: string): number {
  try {
    return Deno.readTextFileSync(`${site.folder}/plugins/${plugin}/runs`).length / "run\n".length;
  } catch {
    return 0;
  }
}

Deno.test("an unread log costs lines, not memory, and the loss is logged afterwards", async () => {
  await using site = createSite({ a: CHATTY, b: CHATTY, c: CHATTY, d: CHATTY });
  const runs = () => ["a", "b", "c", "d"].reduce((sum, name) => sum + runsOf(site, name), 0);
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  gateway.pauseReading();
  const first = runs();
  await until("fifty runs", () => runs() >= first + 50);
  const early = residentKiB(gateway.pid);
  await until("two hundred more runs", () => runs() >= first + 250);
  const grown = residentKiB(gateway.pid) - early;
  // the unread lines of those runs are 160 MB
  assert.ok(grown < 80 * 1024, `resident memory grew by ${grown} KiB`);
  gateway.resumeReading();
  // a busy machine may have lost a few lines before
  const told = await until(
    "the loss in the log",
    () =>
      gateway.log().find(({ message, lines }) =>
        message === "Log lines dropped" && Number(lines) > 1_000
      ),
  );
  assert.deepEqual([told.level, told.cause], ["warn", "the reader is too slow"]);
  assert.equal(await gateway.stop(), 0);
  recordFault({ fault: "log not read", times: 1, outcome: "memory flat, loss counted and logged" });
});

Deno.test("an unread log does not delay the stop", async () => {
  await using site = createSite({ it: CHATTY });
  const gateway = site.start();
  await gateway.logged("Job succeeded");
  gateway.pauseReading();
  const database = () => site.query("SELECT count(*) AS n FROM job_queue")[0]?.n;
  await until("more runs", () => Number(database()) > 5);
  gateway.signal("SIGTERM");
  assert.equal(await gateway.code, 0);
  recordFault({ fault: "log not read at the stop", times: 1, outcome: "exit 0" });
});

Deno.test("a log on a full disk loses lines, not runs", async () => {
  await using site = createSite({ it: CHATTY });
  const gateway = site.start({ stdoutPath: "/dev/full" });
  await until("runs", () => runsOf(site, "it") > 5);
  assert.equal(await gateway.stop(), 0);
  recordFault({ fault: "log on a full disk", times: 1, outcome: "runs continue" });
});
