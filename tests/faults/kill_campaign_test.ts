import assert from "node:assert/strict";
import type { Checkpoint } from "../../src/base/checkpoint.ts";
import { IS_LONG, recordFault, SEED, seededRandom } from "../support/campaign.ts";
import { FAULTY_GATEWAY, type GatewayProcess } from "../support/gateway_process.ts";
import {
  createLedgerSite,
  type LedgerLine,
  type LedgerSite,
  overlaps,
  readLedger,
} from "../support/ledger.ts";
import { assertVerified } from "../support/verified.ts";

/** The numbers of lanes: the default, and many. */
const LANES = [4, 32];

const FAULT_FREE_RUN_JOBS = 6;

/**
 * Runs a gateway to a clean stop, then checks the promises: `verify` those that the database alone can tell,
 * and the ledgers of the plugins the others.
 */
async function finishAndCheck(
  { site, names }: LedgerSite,
  enqueued: ReadonlySet<string>,
): Promise<number> {
  const orphans = site.query("SELECT id FROM job_queue WHERE status = 'running'").length;
  const last = site.start();
  await last.loggedTimes("Job succeeded", FAULT_FREE_RUN_JOBS);
  await last.loggedTimes("Orphaned job recovered", orphans); // a stop would leave them to the next start
  assert.equal(await last.stop(), 0, last.evidence());
  assertVerified(site);
  assert.deepEqual(site.query("SELECT id FROM job_queue WHERE status = 'running'"), []);

  const jobs = site.query("SELECT id, plugin, status, attempt FROM job_queue");
  const states = new Map(
    site.query("SELECT plugin_name, state FROM plugin_state")
      .map((row) => [row.plugin_name, JSON.parse(String(row.state))]),
  );
  const ledgers = names.map((name) => readLedger(site, name));
  const stops = countStops(ledgers.flat());
  for (const job of jobs) checkJob(job, states.get(job.plugin), stops.get(String(job.id)) ?? 0);
  for (const [plugin, state] of states) {
    const succeeded = jobs.filter((job) => job.plugin === plugin && job.status === "succeeded");
    assert.equal(state.n, succeeded.length, `${plugin} counted its runs`);
  }
  const known = new Set(jobs.map(({ id }) => id));
  const seen = [...enqueued, ...ledgers.flat().map(({ job }) => job)];
  assert.deepEqual(seen.filter((id) => !known.has(id)), [], "jobs that vanished");
  assert.deepEqual(overlaps(site, names), []);
  return jobs.length;
}

function countStops(lines: readonly LedgerLine[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { what, job } of lines) {
    if (what === "stop") counts.set(job, (counts.get(job) ?? 0) + 1);
  }
  return counts;
}

type Row = Readonly<Record<string, unknown>>;

/** @param stops how often a run of the job came to its end. */
function checkJob(job: Row, state: Row | undefined, stops: number): void {
  const evidence = JSON.stringify({ ...job, stops });
  assert.ok(stops <= Number(job.attempt), evidence);
  assert.equal(state?.[String(job.id)] === 1, job.status === "succeeded", evidence);
  if (job.status === "succeeded") assert.ok(stops >= 1, evidence);
}

function noteEnqueued(gateway: GatewayProcess, enqueued: Set<string>): void {
  for (const line of gateway.log()) {
    if (line.message === "Job enqueued") enqueued.add(String(line.job_id));
  }
}

for (const lanes of LANES) {
  Deno.test(`SIGKILL at random moments with ${lanes} lanes loses no job, applies no state twice, and lets no runs of one plugin overlap`, async () => {
    const times = IS_LONG ? 200 : lanes === 4 ? 20 : 6;
    const random = seededRandom(SEED);
    const made = createLedgerSite(lanes);
    await using site = made.site;
    const enqueued = new Set<string>();
    for (let n = 0; n < times; n++) {
      const gateway = site.start();
      if (random() < 0.9) await gateway.logged("Gateway started");
      await new Promise((resolve) => setTimeout(resolve, random() * (lanes === 4 ? 250 : 600)));
      await gateway.kill();
      noteEnqueued(gateway, enqueued);
      if (n > 0) assertVerified(site);
    }
    const jobs = await finishAndCheck(made, enqueued);
    assert.ok(jobs > times / 4, `only ${jobs} jobs in ${times} starts`);
    recordFault({
      fault: `SIGKILL at a random moment, ${lanes} lanes`,
      times,
      outcome: `${jobs} jobs, each with one terminal row, state applied once`,
      seed: SEED,
    });
  });
}

const CHECKPOINTS: readonly Checkpoint[] = [
  "enqueued",
  "claimed",
  "spawned",
  "answered",
  "settling",
];
for (const lanes of IS_LONG ? LANES : [4]) {
  for (const checkpoint of CHECKPOINTS) {
    Deno.test(`SIGKILL at "${checkpoint}" with ${lanes} lanes loses no job and applies no state twice`, async () => {
      const times = !IS_LONG ? 3 : lanes === 4 ? 20 : 5;
      const made = createLedgerSite(lanes);
      await using site = made.site;
      const enqueued = new Set<string>();
      for (let n = 1; n <= times; n++) {
        // Up to the second job of each lane.
        const nth = String(1 + (n * 7) % (2 * lanes));
        const args = [`${site.folder}/config.yaml`, checkpoint, nth, "kill"];
        const gateway = site.start({ args, main: FAULTY_GATEWAY });
        await gateway.exit;
        noteEnqueued(gateway, enqueued);
        assertVerified(site);
      }
      const jobs = await finishAndCheck(made, enqueued);
      recordFault({
        fault: `SIGKILL at "${checkpoint}", ${lanes} lanes`,
        times,
        outcome: `${jobs} jobs, each with one terminal row, state applied once`,
      });
    });
  }
}
