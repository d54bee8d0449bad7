import { asIs } from "../src/base/redact.ts";
import { openLog } from "../src/log/log.ts";
import { StdoutWriter } from "../src/log/stdout_writer.ts";
import { createFixture, type PluginName } from "./fixture.ts";
import { type Figure, interleave, summarize, timeAsync } from "./support.ts";

const GOALS = { echo: 1.15, tiny: 1.5 } as const;

/** The gateway's own log at level info, written to `/dev/null`. */
function openNullLog() {
  const sink = Deno.openSync("/dev/null", { write: true });
  const writer = new StdoutWriter((bytes) => sink.write(bytes), () => {});
  const getLog = openLog(
    { level: "info", format: "json", useColors: false, redact: asIs },
    writer,
    Date.now,
  );
  return {
    log: getLog("dispatcher"),
    pluginLog: getLog("plugin"),
    [Symbol.dispose]: () => sink.close(),
  };
}

/** Figure 1: a job from enqueue to settled, logged and durable, against the bare spawn. */
export async function measureOverhead(rounds: number): Promise<Figure[]> {
  using logs = openNullLog();
  using fixture = createFixture(logs);
  const figures: Figure[] = [];
  for (const plugin of ["echo", "tiny"] as const) {
    const { bare, durable, ours } = await interleave(rounds, {
      bare: () => fixture.spawnBare(plugin),
      durable: () => {
        fixture.commitBare();
        return fixture.spawnBare(plugin).then(fixture.commitBare);
      },
      ours: () => {
        fixture.enqueue(plugin);
        return fixture.dispatchNext();
      },
    });
    if (bare === undefined || durable === undefined || ours === undefined) continue;
    figures.push({
      id: `overhead.${plugin}`,
      what: `a job of ${plugin}, enqueue to settled, over the bare spawn`,
      ours: ours.median,
      floor: bare.median,
      p95: ours.p95,
      unit: "ms",
      goal: `<= ${GOALS[plugin]}`,
      note: `p99 ${ours.p99.toFixed(2)} ms, bare p99 ${bare.p99.toFixed(2)} ms`,
    }, {
      id: `overhead.${plugin}.durable`,
      what: `the same over the bare spawn with one row committed before and one after it`,
      ours: ours.median,
      floor: durable.median,
      unit: "ms",
    });
  }
  return figures;
}

/** Figure 2: a queue of jobs against the bare loop, in turns of a tenth each. */
export async function measureBackToBack(jobs: number): Promise<Figure[]> {
  using logs = openNullLog();
  using fixture = createFixture(logs);
  const figures: Figure[] = [];
  for (const plugin of ["echo", "tiny"] as const) {
    figures.push(await backToBack(fixture, plugin, jobs));
  }
  return figures;
}

async function backToBack(
  fixture: ReturnType<typeof createFixture>,
  plugin: PluginName,
  jobs: number,
): Promise<Figure> {
  const turn = jobs / 10;
  for (let n = 0; n < jobs; n++) fixture.enqueue(plugin);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < 10; n++) {
    bare.push(
      await timeAsync(async () => {
        for (let i = 0; i < turn; i++) await fixture.spawnBare(plugin);
      }),
    );
    ours.push(
      await timeAsync(async () => {
        for (let i = 0; i < turn; i++) await fixture.dispatchNext();
      }),
    );
  }
  const perSecond = (durations: readonly number[]) => turn / summarize(durations).median * 1_000;
  return {
    id: `back-to-back.${plugin}`,
    what: `${jobs} queued jobs of ${plugin}, against the bare loop`,
    ours: perSecond(ours),
    floor: perSecond(bare),
    unit: "jobs/s",
    goal: plugin === "echo" ? ">= 0.85" : undefined,
  };
}
