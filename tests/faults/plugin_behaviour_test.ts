import assert from "node:assert/strict";
import type { PluginConfig } from "../../src/config/config.ts";
import { createDispatcher } from "../../src/dispatcher.ts";
import { discoverPlugins } from "../../src/plugin/discovery.ts";
import { type Behaviour, BEHAVIOURS } from "../fixtures/plugin_behaviours.ts";
import { recordFault } from "../support/campaign.ts";
import { isAlive, until, writePlugin } from "../support/gateway_process.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";

const WELL: Behaviour = {
  name: "behaves-well",
  script: `#!/bin/bash\ncat > /dev/null; echo '{"status":"ok"}'`,
};
const TIMEOUT_MS = 500;
const KILL_GRACE_MS = 300;

function entry({ name, reason, bigRequest }: Behaviour): PluginConfig {
  return {
    name,
    everyMs: 3_600_000,
    jitterMs: 0,
    config: bigRequest ? { big: "x".repeat(10_000_000) } : {},
    pollTimeoutMs: reason === "timeout" ? TIMEOUT_MS : 60_000,
    maxAttempts: 1,
    env: [],
  };
}

/** The real dispatcher over the real store, with every behaviour as a discovered plugin. */
function createBench(behaviours: readonly Behaviour[]) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-behaviour-" }));
  for (const { name, script } of behaviours) writePlugin(`${folder}/${name}`, name, script);
  const { plugins, refused } = discoverPlugins(folder, behaviours.map(entry));
  assert.deepEqual(refused, []);
  const temp = openTempStore();
  const { log, lines } = recordingLog();
  const never = new AbortController().signal;
  const dispatcher = createDispatcher({
    store: temp.store,
    plugins,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    now: Date.now,
    log,
    pluginLog: log,
    stop: never,
    interrupt: never,
    limits: { killGraceMs: KILL_GRACE_MS },
  });

  async function run({ name, sabotage }: Behaviour) {
    sabotage?.(`${folder}/${name}`);
    const job = { plugin: name, command: "poll", maxAttempts: 1, submittedBy: "scheduler" };
    temp.store.jobs.enqueue({ ...job, now: Date.now() });
    lines.length = 0;
    const dispatched = await dispatcher.dispatchNext();
    assert.ok(dispatched);
    const spawned = lines.find(({ message }) => message === "Plugin spawned")?.fields.pid;
    return { record: dispatched.record, lines: [...lines], pid: Number(spawned ?? 0) };
  }

  return {
    run,
    state: (name: string) => temp.store.pluginState.read(name),
    [Symbol.dispose]() {
      temp[Symbol.dispose]();
      Deno.chmodSync(`${folder}/locks-its-own-folder`, 0o755);
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

function ownZombies(): string[] {
  const { stdout } = new Deno.Command("ps", {
    args: ["--ppid", String(Deno.pid), "-o", "stat=,args="],
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("Z"));
}

Deno.test("every behaviour of a plugin has its stated end, and the next job runs", async (t) => {
  using bench = createBench([WELL, ...BEHAVIOURS]);
  await bench.run(WELL);
  const filesBefore = openFiles();
  for (const behaviour of BEHAVIOURS) {
    await t.step(behaviour.name, async () => {
      const { record, lines, pid } = await bench.run(behaviour);
      assert.equal(record.status, behaviour.reason ? "failed" : "succeeded", record.error);
      assert.equal(record.reason, behaviour.reason, record.error);
      if (behaviour.error) assert.match(record.error ?? "", behaviour.error);
      const warnings = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
      if (behaviour.warning) assert.ok(warnings.includes(behaviour.warning), warnings.join());
      if (behaviour.state) {
        const stored = bench.state(behaviour.name);
        assert.ok(stored.ok && JSON.stringify(stored.state) === behaviour.state);
      }
      if (pid > 0) await until("the end of the plugin", () => !isAlive(pid));

      assert.equal((await bench.run(WELL)).record.status, "succeeded");
      await until("the open files of before", () => openFiles() <= filesBefore);
      assert.deepEqual(ownZombies(), []);
    });
  }
  recordFault({
    fault: "misbehaving plugins",
    times: BEHAVIOURS.length,
    outcome: "each with its reason; files closed, no zombie, next job runs",
  });
});

Deno.test("a plugin that exits exactly at its deadline has one clear end", async () => {
  const seconds = TIMEOUT_MS / 1000;
  const photoFinish: Behaviour = {
    name: "exits-at-its-deadline",
    script: `#!/bin/bash\nexec sleep ${seconds}`,
    reason: "timeout",
  };
  const bench = createBench([photoFinish, { ...WELL, name: "locks-its-own-folder" }]);
  using _ = bench;
  const reasons = new Set<string | undefined>();
  for (let n = 0; n < 5; n++) reasons.add((await bench.run(photoFinish)).record.reason);
  for (const reason of reasons) assert.ok(reason === "timeout" || reason === "protocol", reason);
});

Deno.test("memory comes back after big answers, floods and failed runs", async () => {
  const heavy = BEHAVIOURS.filter(({ name }) =>
    ["reads-a-big-request", "answers-with-nearly-ten-mebibytes", "floods-stderr-before-it-answers"]
      .includes(name)
  );
  assert.equal(heavy.length, 3);
  using bench = createBench([...heavy, { ...WELL, name: "locks-its-own-folder" }]);
  /** The collector lets memory rise and fall in waves of some twenty rounds; peaks are comparable. */
  const peakOf = async (rounds: number) => {
    let peak = 0;
    for (let n = 0; n < rounds; n++) {
      for (const behaviour of heavy) await bench.run(behaviour);
      peak = Math.max(peak, Deno.memoryUsage().rss);
    }
    return peak;
  };
  const early = await peakOf(25);
  const ratio = await peakOf(25) / early;
  assert.ok(ratio < 1.5, `the peak of resident memory grew ${ratio} times`);
  recordFault({ fault: "heavy plugins in a row", times: 150, outcome: "memory flat" });
});
