import assert from "node:assert/strict";
import type { Checkpoint } from "../../src/base/checkpoint.ts";
import { IS_LONG, recordFault, SEED, seededRandom } from "../support/campaign.ts";
import { FAULTY_GATEWAY, type GatewayProcess } from "../support/gateway_process.ts";
import { createSite, type Site } from "../support/site.ts";

const MAX_ATTEMPTS = 4;

/**
 * Counts its runs in its state, records the job in its state and in a file, and complains in another
 * file if it finds another run of itself alive.
 */
const COUNTING = `#!/bin/dash
read -r request || exit 1 # the gateway was killed before it could send it
job=\${request#*'"job_id":"'}; job=\${job%%'"'*}
case $request in *'"n":'*) n=\${request#*'"n":'}; n=\${n%%[,\\}]*};; *) n=0;; esac
if [ -e running ] && read -r other < running && [ -d /proc/$other ]; then
  case $(cut -d' ' -f3 /proc/$other/stat 2>/dev/null) in ''|Z|X) ;; *) echo "$job $other" >> overlaps;; esac
fi
echo $$ > running
echo "$job" >> runs
rm running
echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"n\\":$((n+1)),\\"$job\\":1}}"
`;

function createCountingSite(): Site {
  const entry = `{ schedule: { every: 100ms }, max_attempts: ${MAX_ATTEMPTS} }`;
  return createSite({
    first: { script: COUNTING, entry },
    second: { script: COUNTING, entry },
  });
}

const FAULT_FREE_RUN_JOBS = 6;

/** Runs a gateway to a clean stop, then checks every promise against the database. */
async function finishAndCheck(site: Site, enqueued: ReadonlySet<string>): Promise<number> {
  const last = site.start();
  await last.loggedTimes("Job succeeded", FAULT_FREE_RUN_JOBS);
  assert.equal(await last.stop(), 0, last.evidence());
  checkIntegrity(site);
  assert.deepEqual(site.query("SELECT id FROM job_queue WHERE status = 'running'"), []);

  const jobs = site.query(`
    SELECT q.id, q.plugin, q.status, q.attempt, count(l.id) AS rows_logged,
      sum(l.status IN ('succeeded', 'failed', 'dead')) AS terminal_rows
    FROM job_queue AS q LEFT JOIN job_log AS l ON l.job_id = q.id GROUP BY q.id`);
  const states = new Map(
    site.query("SELECT plugin_name, state FROM plugin_state")
      .map((row) => [row.plugin_name, JSON.parse(String(row.state))]),
  );
  for (const job of jobs) {
    assert.ok(Number(job.attempt) <= MAX_ATTEMPTS, JSON.stringify(job));
    const isTerminal = job.status !== "queued";
    assert.equal(job.terminal_rows ?? 0, isTerminal ? 1 : 0, JSON.stringify(job));
    assert.equal(job.rows_logged, Number(job.attempt) - (isTerminal ? 0 : 1), JSON.stringify(job));
    const isApplied = states.get(job.plugin)?.[String(job.id)] === 1;
    assert.equal(isApplied, job.status === "succeeded", JSON.stringify(job));
  }
  for (const [plugin, state] of states) {
    const succeeded = jobs.filter((job) => job.plugin === plugin && job.status === "succeeded");
    assert.equal(state.n, succeeded.length, `${plugin} counted its runs`);
  }
  const known = new Set(jobs.map(({ id }) => id));
  const seen = [...enqueued, ...readLines(site, "first/runs"), ...readLines(site, "second/runs")];
  assert.deepEqual(seen.filter((id) => !known.has(id)), [], "jobs that vanished");
  assert.deepEqual(readLines(site, "first/overlaps"), []);
  assert.deepEqual(readLines(site, "second/overlaps"), []);
  return jobs.length;
}

function checkIntegrity(site: Site): void {
  assert.deepEqual(site.query("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
}

function readLines(site: Site, file: string): string[] {
  try {
    return Deno.readTextFileSync(`${site.folder}/plugins/${file}`).trim().split("\n");
  } catch {
    return [];
  }
}

function noteEnqueued(gateway: GatewayProcess, enqueued: Set<string>): void {
  for (const line of gateway.log()) {
    if (line.message === "Job enqueued") enqueued.add(String(line.job_id));
  }
}

Deno.test("SIGKILL at random moments loses no job and applies no state twice", async () => {
  const times = IS_LONG ? 200 : 30;
  const random = seededRandom(SEED);
  await using site = createCountingSite();
  const enqueued = new Set<string>();
  for (let n = 0; n < times; n++) {
    const gateway = site.start();
    if (random() < 0.9) await gateway.logged("Gateway started");
    await new Promise((resolve) => setTimeout(resolve, random() * 250));
    await gateway.kill();
    noteEnqueued(gateway, enqueued);
    if (n > 0) checkIntegrity(site);
  }
  const jobs = await finishAndCheck(site, enqueued);
  assert.ok(jobs > times / 2, `only ${jobs} jobs in ${times} starts`);
  recordFault({
    fault: "SIGKILL at a random moment",
    times,
    outcome: `${jobs} jobs, each with one terminal row, state applied once`,
    seed: SEED,
  });
});

const CHECKPOINTS: readonly Checkpoint[] = [
  "enqueued",
  "claimed",
  "spawned",
  "answered",
  "settling",
];
for (const checkpoint of CHECKPOINTS) {
  Deno.test(`SIGKILL at "${checkpoint}" loses no job and applies no state twice`, async () => {
    const times = IS_LONG ? 20 : 3;
    await using site = createCountingSite();
    const enqueued = new Set<string>();
    for (let n = 1; n <= times; n++) {
      const args = [`${site.folder}/config.yaml`, checkpoint, String(1 + n % 4), "kill"];
      const gateway = site.start({ args, main: FAULTY_GATEWAY });
      await gateway.exit;
      noteEnqueued(gateway, enqueued);
      checkIntegrity(site);
    }
    const jobs = await finishAndCheck(site, enqueued);
    recordFault({
      fault: `SIGKILL at "${checkpoint}"`,
      times,
      outcome: `${jobs} jobs, each with one terminal row, state applied once`,
    });
  });
}
