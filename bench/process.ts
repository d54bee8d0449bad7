import { DatabaseSync } from "node:sqlite";
import {
  createSite,
  readUsage,
  startDeno,
  startProgram,
  TINY,
  tryRead,
  until,
  type Usage,
} from "./program.ts";
import type { Figure } from "./support.ts";

/** Answers with ten megabytes while there is a file `big` in its folder. */
const SOMETIMES_BIG = `#!/bin/bash
cat > /dev/null; [ -e big ] || exec echo '{"status":"ok"}'
printf '{"status":"ok","events":["'; head -c 10000000 /dev/zero | tr '\\0' x; printf '"]}'
`;

function finished(folder: string): number {
  try {
    using db = new DatabaseSync(`${folder}/data/state.db`, { timeout: 5_000, readOnly: true });
    return Number(db.prepare("SELECT count(*) AS n FROM job_log").get()?.n);
  } catch {
    return 0; // it is not there yet
  }
}

/** Figures 6 and 8: resident size and bytes written of the real program over many jobs. */
export async function measureMemory(few: number, many: number): Promise<Figure[]> {
  const plugins = Array.from({ length: 50 }, (_, n) => ({
    name: `p${n}`,
    script: TINY,
    every: "100ms",
  }));
  using site = createSite(plugins);
  await using program = startProgram(site.folder);
  await until(() => finished(site.folder) >= few);
  const early = readUsage(program.pid);
  const jobsEarly = finished(site.folder);
  await until(() => finished(site.folder) >= many);
  const late = readUsage(program.pid);
  const jobs = finished(site.folder) - jobsEarly;
  const perJob = (late.writtenBytes - early.writtenBytes) / jobs;
  return [
    {
      id: "memory.jobs",
      what: `resident size after ${many} jobs, against that after ${few}`,
      ours: late.residentMiB,
      floor: early.residentMiB,
      unit: "MiB",
      goal: "<= 1.15",
    },
    {
      id: "disk.per-job",
      what: "bytes written to the disk for a job, against one page of 4 KiB",
      ours: perJob / 1024,
      floor: 4,
      unit: "KiB",
    },
    {
      id: "cpu.per-job",
      what: "CPU of the gateway for a job, against a second",
      ours: (late.cpuSeconds - early.cpuSeconds) / jobs * 1_000,
      floor: 1_000,
      unit: "ms",
    },
  ];
}

/** Figure 6: resident size before, during and after answers of ten megabytes. */
export async function measureBigAnswers(jobs: number): Promise<Figure> {
  using site = createSite([{ name: "it", script: SOMETIMES_BIG, every: "100ms" }]);
  await using program = startProgram(site.folder);
  const sizeAfter = async (more: number) => {
    const goal = finished(site.folder) + more;
    await until(() => finished(site.folder) >= goal);
    return readUsage(program.pid).residentMiB;
  };
  const before = await sizeAfter(jobs);
  Deno.writeTextFileSync(`${site.folder}/plugins/it/big`, "");
  const during = await sizeAfter(20);
  Deno.removeSync(`${site.folder}/plugins/it/big`);
  const after = await sizeAfter(jobs);
  return {
    id: "memory.big-answers",
    what: `resident size ${jobs} small answers after 20 of 10 MB, against that before them`,
    ours: after,
    floor: before,
    unit: "MiB",
    note: `during them ${during.toFixed(0)} MiB`,
  };
}

const IDLE_PROGRAM = "while (true) await new Promise((resolve) => setTimeout(resolve, 10_000));\n";

/** Figure 6: a gateway with nothing to do but tick, against a program with nothing but the timer. */
export async function measureIdle(seconds: number): Promise<Figure[]> {
  using site = createSite(
    [{ name: "once", script: TINY, every: "1d" }],
    "tick_interval: 10s, log_level: error",
  );
  Deno.writeTextFileSync(`${site.folder}/idle.ts`, IDLE_PROGRAM);
  await using program = startProgram(site.folder);
  await using idler = startDeno([`${site.folder}/idle.ts`]);
  await until(() => finished(site.folder) >= 1);
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // until the work of the start is over
  const before = [program, idler].map(({ pid }) => readUsage(pid));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const after = [program, idler].map(({ pid }) => readUsage(pid));
  const [ours, floor] = after.map((usage, n) => idling(before[n] ?? usage, usage));
  if (ours === undefined || floor === undefined) return [];
  const figure = (id: string, what: string, value: (idle: Idling) => number, unit: string) => ({
    id: `idle.${id}`,
    what: `${what}, against a program with nothing but a timer of 10 s`,
    ours: value(ours),
    floor: value(floor),
    unit,
    ...(id === "memory" && { goal: "<= 1.4" }),
  });
  const spent = `in ${seconds} s of ticking each 10 s with nothing due`;
  return [
    figure("memory", "resident size of an idle gateway", ({ residentMiB }) => residentMiB, "MiB"),
    figure("wake-ups", `times a thread went to sleep ${spent}`, ({ sleeps }) => sleeps, ""),
    {
      id: "idle.cpu",
      what: `CPU seconds ${spent}, against those seconds (the program with the timer: ${
        floor.cpuSeconds.toFixed(2)
      } s)`,
      ours: ours.cpuSeconds,
      floor: seconds,
      unit: "s",
    },
  ];
}

type Idling = ReturnType<typeof idling>;

/** What a process used between two readings. Threads that ended meanwhile count as asleep. */
function idling(before: Usage, after: Usage) {
  const sleeps = [...after.sleeps].map(([thread, n]) => n - (before.sleeps.get(thread) ?? 0));
  return {
    residentMiB: after.residentMiB,
    sleeps: sleeps.reduce((sum, n) => sum + n, 0),
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  };
}

/** A script that runs until its folder is gone. */
const ENDLESS = `#!/bin/sh\nread -r request; echo > ran; while [ -e run.sh ]; do sleep 1; done\n`;

/** Resident size with many running plugins, over that of the idle gateway. */
export async function measureRunning(lanes: number): Promise<Figure> {
  const plugins = Array.from({ length: lanes }, (_, n) => ({
    name: `p${n}`,
    script: ENDLESS,
    every: "1d",
  }));
  const quiet = "tick_interval: 100ms, log_level: error";
  const settled = async (site: { readonly folder: string }, isReady: () => boolean) => {
    await using program = startProgram(site.folder);
    await until(isReady, 20);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return readUsage(program.pid).residentMiB;
  };
  using idle = createSite([{ name: "tiny", script: TINY, every: "1d" }], quiet);
  using busy = createSite(plugins, `${quiet}, max_running: ${lanes}, shutdown_grace: 0s`);
  const exists = (path: string) => tryRead(path) !== undefined;
  const floor = await settled(idle, () => finished(idle.folder) === 1);
  const ours = await settled(
    busy,
    () => plugins.every(({ name }) => exists(`${busy.folder}/plugins/${name}/ran`)),
  );
  return {
    id: "memory.running",
    what: `resident size with ${lanes} running plugins, over that of the idle gateway`,
    ours: ours - floor,
    floor: 25,
    unit: "MiB",
    goal: "<= 1",
  };
}
