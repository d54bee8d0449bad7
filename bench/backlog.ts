import { DatabaseSync } from "node:sqlite";
import { openStore } from "../src/store/store.ts";
import { enqueueJob } from "../tests/support/jobs.ts";
import { compileFloor } from "./floor.ts";
import { createSite, readUsage, startProgram, TINY, until } from "./program.ts";
import { type Figure, summarize } from "./support.ts";

const JOBS = 1_200;
/** The first half warms up: it compiles code and grows the heap. */
const WARM = JOBS / 2;

/** What a job took: elapsed time, and CPU, the plugin's included. In milliseconds. */
interface Cost {
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

/**
 * Runs a backlog of tiny jobs in the real program, one after the other, against a C program that does
 * nothing but spawn, feed, read and reap the same plugin. Needs `cc`.
 */
export async function measureBacklog(rounds: number): Promise<Figure[]> {
  using floor = await compileFloor();
  if (floor === undefined) {
    console.error("skipping backlog: there is no cc to compile its floor with");
    return [];
  }
  const ours: Cost[] = [];
  const bare: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    using site = createSite([{ name: "tiny", script: TINY, every: "1d" }]);
    bare.push(await floor.run(`${site.folder}/plugins/tiny/run.sh`, WARM));
    ours.push(await runBacklog(site.folder));
  }
  const median = (costs: readonly Cost[], of: (cost: Cost) => number) =>
    summarize(costs.map(of)).median;
  const rate = (costs: readonly Cost[]) => 1_000 / median(costs, ({ elapsedMs }) => elapsedMs);
  return [
    {
      id: "backlog.rate",
      what:
        `the second half of ${JOBS} queued jobs of tiny, against a C program that runs the plugin alone`,
      ours: rate(ours),
      floor: rate(bare),
      unit: "jobs/s",
      goal: ">= 0.18",
    },
    {
      id: "backlog.cpu",
      what: "CPU of the same for a job, that of the plugin included",
      ours: median(ours, ({ cpuMs }) => cpuMs),
      floor: median(bare, ({ cpuMs }) => cpuMs),
      unit: "ms",
      goal: "<= 5",
    },
  ];
}

async function runBacklog(folder: string): Promise<Cost> {
  const path = `${folder}/data/state.db`;
  {
    using store = openStore(path);
    for (let n = 0; n < JOBS; n++) store.transaction(() => enqueueJob(store, { plugin: "tiny" }));
  }
  await using program = startProgram(folder);
  using db = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
  const ended = () => Number(db.prepare("SELECT count(*) AS n FROM job_log").get()?.n);
  await until(() => ended() >= WARM, 50);
  const [jobs, cpu] = [ended(), readUsage(program.pid).cpuSecondsOfAll];
  await until(() => ended() >= JOBS, 50);
  const cpuMs = (readUsage(program.pid).cpuSecondsOfAll - cpu) * 1_000 / (JOBS - jobs);
  const at = db.prepare("SELECT completed_at FROM job_log ORDER BY id LIMIT 1 OFFSET ?");
  const endOf = (n: number) => Date.parse(String(at.get(n - 1)?.completed_at));
  return { elapsedMs: (endOf(JOBS) - endOf(WARM)) / (JOBS - WARM), cpuMs };
}

/** From the start of the program to its first claim, with orphans whose processes are gone. */
export async function measureRecovery(rounds: number, orphans: number): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    using site = createSite([{ name: "tiny", script: TINY, every: "1d" }]);
    const path = `${site.folder}/data/state.db`;
    {
      using store = openStore(path);
      for (let n = 0; n < orphans; n++) {
        const id = store.transaction(() => enqueueJob(store, { plugin: "tiny", now: Date.now() }));
        store.jobs.claim(Date.now());
        store.jobs.recordPid(id, 2 ** 22 - 1 - n); // above the default maximum of pids
      }
    }
    const began = Date.now();
    await using _program = startProgram(site.folder);
    using db = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
    const claimed = db.prepare(
      "SELECT started_at FROM job_queue WHERE attempt = 2 AND status <> 'queued' LIMIT 1",
    );
    await until(() => claimed.get() !== undefined);
    times.push(Date.parse(String(claimed.get()?.started_at)) - began);
  }
  return {
    id: "recovery.orphans",
    what:
      `from the start of the program to its first claim, with ${orphans} orphans whose processes are gone`,
    ours: summarize(times).median,
    floor: 500,
    unit: "ms",
    goal: "<= 1",
  };
}
