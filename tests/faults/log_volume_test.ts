import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite, type Site } from "../support/site.ts";
import { exists } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** The lines that a gateway has logged to the file `log` of its site. */
function linesOf({ folder }: Site): readonly Record<string, unknown>[] {
  const path = `${folder}/log`;
  const text = exists(path) ? Deno.readTextFileSync(path) : "";
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Logs as much as a plugin may, in characters that take six times their size, and fails. */
const LOUD_FAILURE = `#!/bin/bash
head -c 8192 /dev/zero | tr '\\0' '\\1' > line
for i in {1..100}; do cat line >&2; echo >&2; done
escaped=$(sed 's/\\x01/\\\\u0001/g' line)
printf '{"status":"error","error":"after all that","logs":[{"message":"first"}'
for i in {1..99}; do printf ',{"message":"%s"}' "$escaped"; done
printf ']}'
`;

Deno.test("a plugin's output does not hide how its job ended, and a file loses no line of it", async () => {
  await using site = createSite({ loud: { script: LOUD_FAILURE } });
  const gateway = site.start({ stdoutPath: `${site.folder}/log` });
  const failure = await until(
    "the end of the run",
    () => linesOf(site).find(({ message }) => message === "Job failed"),
  );
  assert.equal(failure.error, "after all that");
  assert.equal(await gateway.stop(), 0);
  const lines = linesOf(site);
  const times = (message: string) => lines.filter((line) => line.message === message).length;
  assert.equal(times("Plugin wrote to stderr"), 100);
  assert.equal(times("Plugin says"), 100);
  assert.equal(times("Log lines dropped"), 0);
  const longest = Math.max(
    ...Deno.readTextFileSync(`${site.folder}/log`).split("\n").map((line) =>
      new TextEncoder().encode(line).length + 1
    ),
  );
  assert.ok(longest > 16_000 && longest <= 16_384, `a line of ${longest} bytes`);
  recordFault({
    fault: "plugin fails after 3 MB of log lines",
    times: 1,
    outcome: "all in the log, the failure too",
    isNew: true,
  });
});

Deno.test("a pipe whose reader pauses loses no line of the gateway", async () => {
  const script = LOUD_FAILURE;
  const plugins = Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((name) => [name, { script }]),
  );
  await using site = createSite(plugins);
  const gateway = site.start();
  await gateway.logged("Gateway started");
  gateway.pauseReading();
  await until("five runs", () => site.query("SELECT count(*) AS n FROM job_log")[0]?.n === 5);
  gateway.resumeReading();
  await gateway.loggedTimes("Job failed", 5);
  const told = await gateway.logged("Log lines dropped");
  assert.equal(told.cause, "the reader is too slow");
  const saidByPlugins = gateway.log().filter(({ component }) => component === "plugin").length;
  assert.equal(saidByPlugins + Number(told.lines), 5 * 200);
  assert.equal(await gateway.stop(), 0);
  recordFault({
    fault: "log not read while plugins write 16 MB",
    times: 1,
    outcome: "only their lines dropped, none of the gateway's",
  });
});

Deno.test("a log file loses no line if thousands of plugins are due at once", async () => {
  const names = Array.from({ length: 1_500 }, (_, n) => `one-of-many-${n}-${"x".repeat(220)}`);
  const script = `#!/bin/sh\necho '{"status":"ok"}'\n`;
  await using site = createSite(Object.fromEntries(names.map((name) => [name, { script }])));
  const gateway = site.start({ stdoutPath: `${site.folder}/log` });
  await until("the end of the tick", () => linesOf(site).some(({ message }) => message === "Tick"));
  const enqueued = linesOf(site).filter(({ message }) => message === "Job enqueued");
  assert.equal(new Set(enqueued.map(({ plugin }) => plugin)).size, names.length);
  assert.equal(await gateway.stop(), 0);
  assert.ok(linesOf(site).every(({ message }) => message !== "Log lines dropped"));
  recordFault({
    fault: "1,500 plugins due at once, log in a file",
    times: 1,
    outcome: "no line lost",
    isNew: true,
  });
});
