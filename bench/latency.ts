import { tick } from "../src/scheduler/tick.ts";
import { pluginSpec, setupOf } from "../tests/support/setup.ts";
import { createFixture } from "./fixture.ts";
import { type Figure, interleave, SILENT, summarize } from "./support.ts";

/** Milliseconds since the epoch, with a fraction, as bash gives it. */
const preciseNow = () => performance.timeOrigin + performance.now();

/** Figure 3: from a due tick to the first instruction of a bash plugin, against the bare spawn. */
export async function measureLatency(rounds: number): Promise<Figure> {
  using fixture = createFixture();
  const noting = `#!/bin/bash\nt=$EPOCHREALTIME; cat > /dev/null\n` +
    `echo "{\\"status\\":\\"ok\\",\\"state_updates\\":{\\"t\\":\\"$t\\"}}"; echo $t > started\n`;
  Deno.writeTextFileSync(`${fixture.folder}/echo/run.sh`, noting);
  const parts = { store: fixture.store, random: Math.random, log: SILENT };
  const setup = setupOf(pluginSpec({ schedule: { everyMs: 100, jitterMs: 0 } }));
  const startedAt = () =>
    Number(Deno.readTextFileSync(`${fixture.folder}/echo/started`).trim().replace(",", ".")) *
    1_000;
  const ours: number[] = [];
  const bare: number[] = [];
  let tickAt = Date.now();
  await interleave(rounds, {
    async ours() {
      tickAt += 100;
      const dueAt = preciseNow();
      tick(parts, setup, tickAt);
      await fixture.dispatchNext();
      ours.push(startedAt() - dueAt);
    },
    async bare() {
      const spawnedAt = preciseNow();
      await fixture.spawnBare("echo");
      bare.push(startedAt() - spawnedAt);
    },
  });
  const [mine, floor] = [summarize(ours), summarize(bare)];
  return {
    id: "latency",
    what: "from a due tick to the plugin's first instruction, against spawn to first instruction",
    ours: mine.median,
    floor: floor.median,
    p95: mine.p95,
    unit: "ms",
    goal: "ours <= 3 ms",
    note: `p99 ${mine.p99.toFixed(2)} ms, bare p99 ${floor.p99.toFixed(2)} ms`,
  };
}
