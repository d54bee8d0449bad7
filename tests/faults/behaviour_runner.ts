/**
 * Runs behaviours of plugins in a separate process, so that its memory and open files are its own, and
 * prints one JSON line of {@link Observation} for each. With `memory` it prints the ratio of two peaks
 * of resident memory instead; with `detached` it spawns as on a system without setsid(1).
 */
import assert from "node:assert/strict";
import type { PluginEntry } from "../../src/config/config.ts";
import { discoverPlugins } from "../../src/plugin/setup.ts";
import { type Behaviour, BEHAVIOURS } from "../fixtures/plugin_behaviours.ts";
import { enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginEntry, setupOf } from "../support/setup.ts";
import { writePlugin } from "../support/site.ts";
import { isAlive, until } from "../support/wait.ts";
import { dispatchNext } from "../support/dispatch.ts";

/** The outcome of one behaviour. */
export interface Observation {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly error?: string;
  readonly warnings: readonly string[];
  readonly state: string;
  /** How the well-behaved job after it ended. */
  readonly nextStatus: string;
  readonly zombies: readonly string[];
}

/** The name of a plugin that ends just at its deadline. */
export const PHOTO_FINISH = "exits-at-its-deadline";

const WELL: Behaviour = {
  name: "behaves-well",
  script: `#!/bin/bash\ncat > /dev/null; echo '{"status":"ok"}'`,
};
const TIMEOUT_MS = 500;
const KILL_GRACE_MS = 300;

/** Deno opens a few files once, at any time; seventy behaviours that leak one each are more. */
const FILES_OF_THE_RUNTIME = 4;

function entry({ name, reason, bigRequest }: Behaviour): PluginEntry {
  return pluginEntry({
    name,
    config: bigRequest ? { big: "x".repeat(10_000_000) } : {},
    timeoutsMs: { poll: reason === "timeout" ? TIMEOUT_MS : 60_000 },
    maxAttempts: 1,
  });
}

type Bench = ReturnType<typeof createBench>;

/** The real dispatcher over the real store, with every behaviour as a discovered plugin. */
function createBench(behaviours: readonly Behaviour[]) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-behaviour-" }));
  for (const { name, script } of behaviours) writePlugin(`${folder}/${name}`, name, script);
  const { plugins, refused } = discoverPlugins(folder, behaviours.map(entry));
  assert.deepEqual(refused, []);
  const temp = openTempStore();
  const { log, lines } = recordingLog();
  const setup = setupOf(...plugins.values());
  const parts = {
    ...dispatchParts(temp.store, log),
    limits: { killGraceMs: KILL_GRACE_MS },
    ...(Deno.args.includes("detached") && { setsid: undefined }),
  };

  async function run({ name, sabotage }: Behaviour) {
    sabotage?.(`${folder}/${name}`);
    enqueueJob(temp.store, { plugin: name, maxAttempts: 1 });
    lines.length = 0;
    const dispatched = await dispatchNext(parts, setup);
    assert.ok(dispatched.kind === "settled");
    const spawned = lines.find(({ message }) => message === "Plugin spawned")?.fields.pid;
    const { attempt: { ending }, verdict: { status } } = dispatched;
    return { ending, status, lines: [...lines], pid: Number(spawned ?? 0) };
  }

  return {
    run,
    state(name: string): string {
      const stored = temp.store.states.read(name);
      return stored.ok ? JSON.stringify(stored.state) : stored.error;
    },
    [Symbol.dispose]() {
      temp[Symbol.dispose]();
      // one of them has locked its own folder
      new Deno.Command("chmod", { args: ["-R", "u+rwx", folder] }).outputSync();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Children of this process that have ended and were not reaped. */
function ownZombies(): string[] {
  const { stdout } = new Deno.Command("ps", {
    args: ["--ppid", String(Deno.pid), "-o", "stat=,args="],
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("Z"));
}

async function observe(bench: Bench, behaviour: Behaviour, files: number): Promise<Observation> {
  const { ending, status, lines, pid } = await bench.run(behaviour);
  if (pid > 0) await until(`the end of ${behaviour.name}`, () => !isAlive(pid));
  const next = await bench.run(WELL);
  await until("the open files of before", () => openFiles() <= files);
  return {
    name: behaviour.name,
    status,
    ...(!ending.ok && { reason: ending.reason, error: ending.error }),
    warnings: lines.filter(({ level }) => level === "warn").map(({ message }) => message),
    state: bench.state(behaviour.name),
    nextStatus: next.status,
    zombies: ownZombies(),
  };
}

async function observeAll(): Promise<void> {
  const photoFinish: Behaviour = {
    name: PHOTO_FINISH,
    script: `#!/bin/bash\nexec sleep ${TIMEOUT_MS / 1000}`,
    reason: "timeout",
  };
  const behaviours = [...BEHAVIOURS, photoFinish];
  using bench = createBench([WELL, ...behaviours]);
  await observe(bench, WELL, Infinity);
  const files = openFiles() + FILES_OF_THE_RUNTIME;
  for (const behaviour of behaviours) {
    console.log(JSON.stringify(await observe(bench, behaviour, files)));
  }
}

/** The collector makes memory rise and fall in waves of some twenty rounds, so compare peaks. */
async function compareMemory(): Promise<void> {
  const heavy = BEHAVIOURS.filter(({ isHeavy }) => isHeavy);
  using bench = createBench(heavy);
  const peakOf = async (rounds: number) => {
    let peak = 0;
    for (let n = 0; n < rounds; n++) {
      for (const behaviour of heavy) await bench.run(behaviour);
      peak = Math.max(peak, Deno.memoryUsage().rss);
    }
    return peak;
  };
  const early = await peakOf(25);
  console.log(JSON.stringify({ plugins: heavy.length, ratio: await peakOf(25) / early }));
}

if (import.meta.main) await (Deno.args.includes("memory") ? compareMemory() : observeAll());
