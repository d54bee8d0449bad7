import { DatabaseSync } from "node:sqlite";
import { createSite, readUsage, startProgram, TINY, until } from "./program.ts";
import type { Figure } from "./support.ts";

const BIG = `#!/bin/bash
cat > /dev/null; printf '{"status":"ok","events":["'; head -c 10000000 /dev/zero | tr '\\0' x
printf '"]}'
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
      ratio: late.residentMiB / early.residentMiB,
      unit: "MiB",
      goal: "<= 1.15",
    },
    {
      id: "disk.per-job",
      what: "bytes written to the disk for a job, against one page of 4 KiB",
      ours: perJob / 1024,
      floor: 4,
      ratio: perJob / 4096,
      unit: "KiB",
    },
    {
      id: "cpu.per-job",
      what: "CPU of the gateway for a job, against a second",
      ours: (late.cpuSeconds - early.cpuSeconds) / jobs * 1_000,
      floor: 1_000,
      ratio: (late.cpuSeconds - early.cpuSeconds) / jobs,
      unit: "ms",
    },
  ];
}

/** Figure 6: resident size before and after answers of ten megabytes. */
export async function measureBigAnswers(): Promise<Figure> {
  using site = createSite([
    { name: "small", script: TINY, every: "100ms" },
    { name: "big", script: BIG, every: "2s" },
  ]);
  await using program = startProgram(site.folder);
  const bigOnes = () => {
    using db = new DatabaseSync(`${site.folder}/data/state.db`, { timeout: 5_000 });
    return Number(db.prepare("SELECT count(*) AS n FROM job_log WHERE plugin = 'big'").get()?.n);
  };
  await until(() => finished(site.folder) > 3 && bigOnes() >= 3);
  const early = readUsage(program.pid).residentMiB;
  await until(() => bigOnes() >= 15);
  const late = readUsage(program.pid).residentMiB;
  return {
    id: "memory.big-answers",
    what: "resident size after 15 answers of 10 MB, against that after 3",
    ours: late,
    floor: early,
    ratio: late / early,
    unit: "MiB",
  };
}

/** Figure 6: a gateway with nothing to do: resident size, CPU and wake-ups. */
export async function measureIdle(seconds: number): Promise<Figure[]> {
  using site = createSite(
    [{ name: "once", script: TINY, every: "1d" }],
    "tick_interval: 10s, log_level: error",
  );
  await using program = startProgram(site.folder);
  await until(() => finished(site.folder) >= 1);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = readUsage(program.pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const after = readUsage(program.pid);
  const ticks = seconds / 10;
  // threads that ended meanwhile count as asleep
  const sleeps = [...after.sleeps].map(([thread, count]) =>
    count - (before.sleeps.get(thread) ?? 0)
  )
    .reduce((sum, count) => sum + count, 0);
  return [
    {
      id: "idle.memory",
      what: "resident size of an idle gateway, against itself at the beginning",
      ours: after.residentMiB,
      floor: before.residentMiB,
      ratio: after.residentMiB / before.residentMiB,
      unit: "MiB",
    },
    {
      id: "idle.wake-ups",
      what: `times a thread went to sleep in ${seconds} s of idling, for each of ${ticks} ticks`,
      ours: sleeps,
      floor: ticks,
      ratio: sleeps / ticks,
      unit: "",
    },
    {
      id: "idle.cpu",
      what: `CPU seconds in ${seconds} s of idling`,
      ours: after.cpuSeconds - before.cpuSeconds,
      floor: seconds,
      ratio: (after.cpuSeconds - before.cpuSeconds) / seconds,
      unit: "s",
    },
  ];
}
