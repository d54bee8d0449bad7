import assert from "node:assert/strict";
import { recordFault } from "../support/campaign.ts";
import { createSite } from "../support/site.ts";
import { exists, missing, skipWhere } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const OK = `#!/bin/bash\necho '{"status":"ok"}'\n`;
const JOBS = 5_000;

/** Rows of a plugin that the config does not name. */
const MANY_JOBS = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${JOBS})
  INSERT INTO job_queue
    (id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at)
  SELECT 'many-' || i, 'gone', 'poll', '{}', 'queued', 1, 4, 'test', '2026-11-24T00:00:00.000Z'
  FROM n`;

Deno.test("thousands of jobs that no plugin can run neither hide a line nor delay a stop", async () => {
  await using site = createSite({ it: { script: OK } });
  const first = site.start();
  await first.logged("Job succeeded");
  assert.equal(await first.stop(), 0);
  site.execute(MANY_JOBS);
  const path = `${site.folder}/log`;
  const second = site.start({ stdoutPath: path });
  const lines = () =>
    (exists(path) ? Deno.readTextFileSync(path) : "").split("\n").slice(0, -1)
      .map((line): { message?: unknown } => JSON.parse(line));
  const count = (message: string) => lines().filter((line) => line.message === message).length;
  await until("the first failures", () => count("Job failed") > 0);
  assert.equal(await second.stop(), 0);
  assert.ok(count("Job failed") < JOBS, "the stop took effect before all jobs were done");
  assert.equal(count("Log lines dropped"), 0);
  const [settled] = site.query("SELECT count(*) AS n FROM job_log WHERE plugin = 'gone'");
  assert.equal(count("Job failed"), settled?.n);
  const outcome = "a stop works at once, no line lost";
  recordFault({ fault: "5,000 jobs of a plugin that is gone", times: JOBS, outcome, isNew: true });
});

/** Runs a command with a non-blocking pipe as stdout, and reads it line by line. */
const NON_BLOCKING = `
import ctypes, fcntl, os, signal, subprocess, sys
end, stdout = os.pipe()
fcntl.fcntl(stdout, 1031, 4096) # F_SETPIPE_SZ: a small one
os.set_blocking(stdout, False)
end_with_parent = lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL) # PR_SET_PDEATHSIG
child = subprocess.Popen(sys.argv[1:], stdout=stdout, preexec_fn=end_with_parent)
os.close(stdout)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
for line in os.fdopen(end, "rb"):
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
sys.exit(child.wait())
`;

const LOUD = `#!/bin/bash
head -c 4000 /dev/zero | tr '\\0' x > line
for i in {1..100}; do cat line >&2; echo >&2; done
echo '{"status":"ok"}'
`;

Deno.test({
  name: "a non-blocking pipe neither loses nor tears a line while its reader reads",
  ignore: skipWhere(
    Deno.build.os === "linux" ? missing("python3") : "the size of a pipe cannot be set here",
    "a non-blocking pipe",
  ),
  async fn() {
    await using site = createSite({ loud: { script: LOUD } });
    const gateway = site.start({ under: ["python3", "-c", NON_BLOCKING] });
    await gateway.logged("Job succeeded");
    assert.equal(gateway.count("Plugin wrote to stderr"), 100);
    assert.equal(gateway.count("Log lines dropped"), 0);
    assert.equal(await gateway.stop(), 0);
    const outcome = "no line lost or torn";
    recordFault({ fault: "log in a non-blocking pipe", times: 1, outcome, isNew: true });
  },
});
