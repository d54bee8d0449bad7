/**
 * Measures what the gateway costs on top of the work itself: `deno task bench [--short] [--only NAME]`.
 * Prints a table; the long form also publishes it. With `--check` it fails if a ratio is far off.
 */
import { parseArgs } from "node:util";
import { measureBacklog, measureRecovery, measureSleepers } from "./backlog.ts";
import { measureGrowth } from "./growth.ts";
import { measureLatency } from "./latency.ts";
import { measureBackToBack, measureOverhead } from "./overhead.ts";
import { measureBigAnswers, measureIdle, measureMemory, measureRunning } from "./process.ts";
import { measureQueue } from "./queue.ts";
import { publish, renderTable } from "./report.ts";
import { measureSeat } from "./seat.ts";
import { measureSizes, measureSpawn } from "./spawn.ts";
import { measureStages } from "./stages.ts";
import { measureStart } from "./start.ts";
import { type Figure, ratioOf } from "./support.ts";
import { measurePrune, measureTick } from "./tick.ts";

type Measure = (isShort: boolean) => Promise<readonly Figure[]> | readonly Figure[];

const MEASURES: Readonly<Record<string, Measure>> = {
  overhead: (isShort) => measureOverhead(isShort ? 100 : 1_000),
  stages: (isShort) => measureStages(isShort ? 100 : 500),
  spawn: (isShort) => measureSpawn(isShort ? 100 : 500),
  "spawn-size": async (isShort) => [await measureSizes(isShort ? 5 : 25)],
  "back-to-back": (isShort) => measureBackToBack(isShort ? 200 : 2_000),
  backlog: (isShort) => measureBacklog(isShort ? 1 : 5),
  sleepers: (isShort) => measureSleepers(isShort ? 1 : 3),
  recovery: async (isShort) => [await measureRecovery(isShort ? 3 : 15, 50)],
  latency: async (isShort) => [await measureLatency(isShort ? 50 : 300)],
  queue: (isShort) =>
    isShort ? measureQueue(500, 50_000, 10_000) : measureQueue(3_000, 1_000_000, 100_000),
  tick: () => measureTick(),
  prune: (isShort) => [measurePrune(isShort ? 50_000 : 1_000_000)],
  seat: (isShort) => isShort ? measureSeat(3, 100, 50_000) : measureSeat(15, 1_000, 1_000_000),
  start: (isShort) => measureStart(isShort ? 3 : 15),
  idle: (isShort) => measureIdle(isShort ? 10 : 60),
  "memory-running": async () => [await measureRunning(32)],
  memory: (isShort) => isShort ? measureMemory(200, 1_000) : measureMemory(1_000, 20_000),
  "big-answers": async (isShort) => [await measureBigAnswers(isShort ? 50 : 300)],
  growth: (isShort) => measureGrowth(isShort ? 10_000 : 100_000),
};

/** The ratios that fail CI, with margins so wide that a busy machine stays within them. */
const ALARMS: Readonly<Record<string, (ratio: number) => boolean>> = {
  "overhead.echo": (ratio) => ratio > 2.5,
  "overhead.tiny": (ratio) => ratio > 5,
  "back-to-back.echo": (ratio) => ratio < 0.4,
  "queue.rate": (ratio) => ratio < 0.4,
  "queue.history": (ratio) => ratio > 3,
  "queue.backlog": (ratio) => ratio > 3,
  "spawn.size": (ratio) => ratio > 2,
  "tick.none-due.10000": (ratio) => ratio > 10,
};

const { values } = parseArgs({
  args: Deno.args,
  options: {
    short: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
  },
});

const figures: Figure[] = [];
for (const [name, measure] of Object.entries(MEASURES)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  console.error(`measuring ${name} …`);
  figures.push(...await measure(values.short));
}
console.log(renderTable(figures));
if (values.only === undefined && !values.short) await publish(figures);
const alarms = figures.filter((figure) => ALARMS[figure.id]?.(ratioOf(figure)));
for (const figure of alarms) {
  console.error(`ALARM ${figure.id}: ratio ${ratioOf(figure).toFixed(2)}`);
}
if (values.check && alarms.length > 0) Deno.exitCode = 1;
