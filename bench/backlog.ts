import { DatabaseSync } from "node:sqlite";
import { openStore } from "../src/store/store.ts";
import { enqueueJob } from "../tests/support/jobs.ts";
import { compile, compileFloor } from "./floor.ts";
import { createSite, readUsage, startProgram, TINY, until } from "./program.ts";
import { type Figure, summarize } from "./support.ts";

const JOBS = 1_200;
/** The first half warms up: it compiles code and grows the heap. */
const WARM = JOBS / 2;
const QUIET = "tick_interval: 100ms, log_level: error";

/** What a job took: elapsed time, and CPU, the plugin's included. In milliseconds. */
interface Cost {
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

/**
 * Runs a backlog of tiny jobs in the real program, in one lane and in four, against a C program that
 * does nothing but spawn, feed, read and reap the same plugin, one run after the other. Needs `cc`.
 */
export async function measureBacklog(rounds: number): Promise<Figure[]> {
  using floor = await compileFloor();
  if (floor === undefined) {
    console.error("skipping backlog: there is no cc to compile its floor with");
    return [];
  }
  const ours: Cost[] = [];
  const four: Cost[] = [];
  const bare: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    using site = createSite(pluginsOf(1, TINY), QUIET);
    using wide = createSite(pluginsOf(4, TINY), `${QUIET}, max_running: 4`);
    bare.push(await floor.run(`${site.folder}/plugins/p0/run.sh`, WARM));
    ours.push(await runBacklog(site.folder, 1));
    four.push(await runBacklog(wide.folder, 4));
  }
  const median = (costs: readonly Cost[], of: (cost: Cost) => number) =>
    summarize(costs.map(of)).median;
  const rate = (costs: readonly Cost[]) => 1_000 / median(costs, ({ elapsedMs }) => elapsedMs);
  const what =
    `the second half of ${JOBS} queued jobs of tiny, against a C program that runs the plugin alone`;
  const against = { floor: rate(bare), unit: "jobs/s" };
  return [
    { id: "backlog.rate", what, ours: rate(ours), ...against, goal: ">= 0.18" },
    {
      id: "backlog.rate.4",
      what: "the same in four lanes, against the same C program",
      ours: rate(four),
      ...against,
      goal: ">= 0.28",
    },
    {
      id: "backlog.cpu",
      what: "CPU of the same in one lane for a job, that of the plugin included",
      ours: median(ours, ({ cpuMs }) => cpuMs),
      floor: median(bare, ({ cpuMs }) => cpuMs),
      unit: "ms",
      goal: "<= 5",
    },
  ];
}

/** Plugins that sleep 100 ms, in many lanes, against as many as could sleep at once. Needs `cc`. */
export async function measureSleepers(rounds: number): Promise<Figure[]> {
  using sleeper = await compile("sleeper");
  if (sleeper === undefined) {
    console.error("skipping sleepers: there is no cc to compile them with");
    return [];
  }
  const figures: Figure[] = [];
  for (const [lanes, goal] of [[8, ">= 0.94"], [32, ">= 0.87"]] as const) {
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      using site = createSite(pluginsOf(lanes, ""), `${QUIET}, max_running: ${lanes}`);
      for (let n = 0; n < lanes; n++) {
        Deno.copyFileSync(sleeper.program, `${site.folder}/plugins/p${n}/run.sh`);
      }
      rates.push(1_000 / (await runBacklog(site.folder, lanes)).elapsedMs);
    }
    figures.push({
      id: `sleepers.${lanes}`,
      what:
        `the second half of ${JOBS} queued jobs that sleep 100 ms, in ${lanes} lanes, against the ideal`,
      ours: summarize(rates).median,
      floor: lanes * 10,
      unit: "jobs/s",
      goal,
    });
  }
  return figures;
}

function pluginsOf(count: number, script: string) {
  return Array.from({ length: count }, (_, n) => ({ name: `p${n}`, script, every: "1d" }));
}

/** @param plugins how many plugins share the jobs in turn. */
async function runBacklog(folder: string, plugins: number): Promise<Cost> {
  const path = `${folder}/data/state.db`;
  {
    using store = openStore(path);
    store.transaction(() => {
      for (let n = 0; n < JOBS; n++) enqueueJob(store, { plugin: `p${n % plugins}` });
    });
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
    using site = createSite(pluginsOf(orphans, TINY), QUIET);
    const path = `${site.folder}/data/state.db`;
    {
      using store = openStore(path);
      for (let n = 0; n < orphans; n++) {
        const plugin = `p${n}`;
        const id = store.transaction(() => enqueueJob(store, { plugin, now: Date.now() }));
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
