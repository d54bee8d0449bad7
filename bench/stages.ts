import { decideEnding } from "../src/plugin/ending.ts";
import { encodeRequest } from "../src/plugin/protocol.ts";
import { findSetsid, runProcess } from "../src/process/process.ts";
import { attemptOf } from "../tests/support/jobs.ts";
import { createFixture } from "./fixture.ts";
import { type Figure, summarize } from "./support.ts";
import { settleJob } from "../tests/support/dispatch.ts";

/** The stages of a job, in order; each begins when the previous one ends. */
const STAGES = {
  enqueue: "the job and its commit",
  claim: "the claim, and the request from the stored state",
  spawn: "the call that spawns, through setsid where there is one",
  pid: "recording the pid and its commit, while the plugin starts",
  wait: "the plugin itself: fed, read, waited for",
  parse: "reading the answer and judging the run",
  settle: "state, job and log row, and their commit",
} as const;

type Stage = keyof typeof STAGES;

/** Figure 1: the share of each stage in a job of the tiny plugin. */
export async function measureStages(rounds: number): Promise<Figure[]> {
  using fixture = createFixture();
  const laps = new Map<Stage, number[]>();
  for (let round = 0; round < rounds; round++) await runStages(fixture, laps);
  const stages = [...laps].map(([stage, list]) => ({ stage, ...summarize(list) }));
  const whole = stages.reduce((sum, { median }) => sum + median, 0);
  return stages.map(({ stage, median, p95 }) => ({
    id: `stage.${stage}`,
    what: `${STAGES[stage]}; against the whole job of tiny`,
    ours: median,
    floor: whole,
    p95,
    unit: "ms",
  }));
}

/** Does what the dispatcher does with one job, and reads the clock after each stage. */
async function runStages(
  { store, folder, enqueue }: ReturnType<typeof createFixture>,
  laps: Map<Stage, number[]>,
): Promise<void> {
  let lapAt = performance.now();
  const lap = (stage: Stage) => {
    const now = performance.now();
    laps.set(stage, [...laps.get(stage) ?? [], now - lapAt]);
    lapAt = now;
  };
  enqueue("tiny");
  lap("enqueue");
  const job = store.jobs.claim(Date.now());
  if (job === undefined) throw new Error("nothing to claim");
  const stored = store.states.read("tiny");
  const input = encodeRequest({
    jobId: job.id,
    command: "poll",
    config: {},
    state: stored.ok ? stored.state : {},
    deadlineAt: Date.now() + 60_000,
    dueAt: 0,
    attempt: 1,
  });
  lap("claim");
  const result = await runProcess({
    entrypoint: `${folder}/tiny/run.sh`,
    cwd: `${folder}/tiny`,
    env: {},
    input,
    timeoutMs: 60_000,
    interrupt: new AbortController().signal,
    setsid: findSetsid(),
    markedBy: "SENECHAL_JOB_ID",
    onSpawn: (pid) => {
      lap("spawn");
      store.jobs.recordPid(job.id, pid);
      lap("pid");
    },
  });
  lap("wait");
  if (result.kind !== "ended") throw new Error(result.error);
  const ending = decideEnding(result);
  if (!ending.ok) throw new Error(ending.error);
  lap("parse");
  settleJob({ store }, attemptOf(job, { ending, endedAt: Date.now(), durationMs: 1 }));
  lap("settle");
}
