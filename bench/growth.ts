import { prune } from "../src/scheduler/prune.ts";
import { tick } from "../src/scheduler/tick.ts";
import { openStore } from "../src/store/store.ts";
import { attemptOf } from "../tests/support/jobs.ts";
import { pluginSpec, setupOf, withRetention } from "../tests/support/setup.ts";
import { type Figure, SILENT } from "./support.ts";
import { settleJob } from "../tests/support/dispatch.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Figure 8: size of the database over many jobs on a simulated clock, with a day of retention. */
export function measureGrowth(jobs: number): Figure[] {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-bench-" });
  const path = `${folder}/state.db`;
  const sizes: number[] = [];
  {
    using store = openStore(path);
    const parts = { store, random: Math.random, log: SILENT };
    const schedule = { everyMs: MINUTE, jitterMs: 0 };
    const setup = withRetention(DAY, setupOf(pluginSpec({ name: "tiny", schedule })));
    let now = Date.parse("2026-01-01T00:00:00Z");
    for (let n = 0; n < jobs; n++, now += MINUTE) {
      tick(parts, setup, now);
      const job = store.jobs.claim(now);
      if (job === undefined) throw new Error("nothing to claim");
      settleJob(parts, attemptOf(job, { durationMs: 5, stderr: "a line of stderr\n" }));
      prune(parts, setup, now);
      if ((n + 1) % (jobs / 10) === 0) sizes.push(sizeOf(path));
    }
  }
  Deno.removeSync(folder, { recursive: true });
  const [, early = NaN] = sizes;
  const late = sizes.at(-1) ?? NaN;
  return [{
    id: "disk.growth",
    what:
      `database with its log after ${jobs} jobs and a day of retention, against a fifth of them`,
    ours: late / 1024,
    floor: early / 1024,
    unit: "KiB",
    goal: "<= 1.2",
  }];
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size;
}
