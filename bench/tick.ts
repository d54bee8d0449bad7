import { prune } from "../src/scheduler/prune.ts";
import { tick } from "../src/scheduler/tick.ts";
import { openStore } from "../src/store/store.ts";
import { pluginSpec, setupOf, withRetention } from "../tests/support/setup.ts";
import { fillHistory } from "./fixture.ts";
import { type Figure, SILENT, summarize, time } from "./support.ts";

const HOUR = 3_600_000;

function createTicking(plugins: number) {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-bench-" });
  const store = openStore(`${folder}/state.db`);
  const parts = { store, random: Math.random, log: SILENT };
  const schedule = { everyMs: HOUR, jitterMs: HOUR / 4 };
  const specs = Array.from({ length: plugins }, (_, n) => pluginSpec({ name: `p${n}`, schedule }));
  const setup = withRetention(HOUR, setupOf(...specs));
  return {
    tick: (at: number) => tick(parts, setup, at),
    prune: (at: number) => prune(parts, setup, at),
    path: `${folder}/state.db`,
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Figure 5: a tick with all plugins due and with none due, per plugin, against ten plugins. */
export function measureTick(): Figure[] {
  const perPlugin = [10, 1_000, 10_000].map((plugins) => {
    using ticking = createTicking(plugins);
    const start = Date.now();
    const allDueUs = time(() => ticking.tick(start)) * 1_000 / plugins;
    const none = Array.from(
      { length: 50 },
      (_, n) => time(() => ticking.tick(start + 60_000 + n)) * 1_000 / plugins,
    );
    return { plugins, allDueUs, noneDueUs: summarize(none).median };
  });
  const [first] = perPlugin;
  return perPlugin.flatMap(({ plugins, allDueUs, noneDueUs }) => [
    {
      id: `tick.none-due.${plugins}`,
      what: `a tick of ${plugins} plugins, none due, for each plugin`,
      ours: noneDueUs,
      floor: first?.noneDueUs ?? NaN,
      unit: "µs",
      goal: plugins === 1_000 ? "ours <= 1 µs" : "ours <= 10 µs",
    },
    {
      id: `tick.all-due.${plugins}`,
      what: `a tick of ${plugins} plugins, all due, for each plugin`,
      ours: allDueUs,
      floor: first?.allDueUs ?? NaN,
      unit: "µs",
      goal: "<= 1.2",
    },
  ]);
}

/** Figure 5: the longest single batch when pruning a long history, against its goal of 50 ms. */
export function measurePrune(rows: number): Figure {
  using ticking = createTicking(1);
  fillHistory(ticking.path, rows);
  const pieces: number[] = [];
  for (let more = true; more;) {
    pieces.push(time(() => more = ticking.prune(Date.now())));
  }
  const { median, p95 } = summarize(pieces);
  const longest = Math.max(...pieces);
  return {
    id: "prune.longest-piece",
    what: `pruning ${rows} jobs and their log rows: the longest of ${pieces.length} pieces`,
    ours: longest,
    floor: 50,
    p95,
    unit: "ms",
    goal: "<= 1",
    note: `median piece ${median.toFixed(1)} ms`,
  };
}
