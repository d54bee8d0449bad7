import { createFixture } from "./fixture.ts";
import { START_FLAGS } from "../scripts/start_flags.ts";
import { type Figure, interleave, summarize, time } from "./support.ts";

const SPAWNER = new URL("./sized_spawner.ts", import.meta.url).pathname;

/** Runs a tiny plugin from a process of 215 MiB and from one of 60 MiB, in turns. */
export async function measureSizes(turns: number): Promise<Figure> {
  using fixture = createFixture();
  const large = startSpawner(`${fixture.folder}/tiny/run.sh`, 215);
  const small = startSpawner(`${fixture.folder}/tiny/run.sh`, 60);
  const times: { large: number[]; small: number[] } = { large: [], small: [] };
  for (let turn = 0; turn < turns; turn++) {
    times.large.push(await large.measure(20));
    times.small.push(await small.measure(20));
  }
  await Promise.all([large.end(), small.end()]);
  return {
    id: "spawn.size",
    what: "a run of tiny by a process of 215 MiB, against one by a process of 60 MiB",
    ours: summarize(times.large).median,
    floor: summarize(times.small).median,
    unit: "ms",
    goal: "<= 1.1",
  };
}

function startSpawner(entrypoint: string, residentMiB: number) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...START_FLAGS, SPAWNER, entrypoint, String(residentMiB)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const stdout = child.stdout.getReader();
  return {
    async measure(rounds: number): Promise<number> {
      await stdin.write(new TextEncoder().encode(`${rounds}\n`));
      const { value } = await stdout.read();
      return Number(new TextDecoder().decode(value));
    },
    async end(): Promise<void> {
      await stdin.close();
      await stdout.cancel();
      await child.status;
    },
  };
}

/** What Deno itself costs: a spawn with and without a process group, and one durable commit. */
export async function measureSpawn(rounds: number): Promise<Figure[]> {
  using fixture = createFixture();
  const command = `${fixture.folder}/tiny/run.sh`;
  const spawned: { detached: number[]; attached: number[] } = { detached: [], attached: [] };
  const spawn = (detached: boolean) => async () => {
    let child: Deno.ChildProcess | undefined;
    const ms = time(() => {
      child = new Deno.Command(command, { detached, stdin: "null", stdout: "null" }).spawn();
    });
    (detached ? spawned.detached : spawned.attached).push(ms);
    await child?.status;
  };
  const spawnBySetsid = () =>
    new Deno.Command("setsid", { args: [command], stdin: "null", stdout: "null" }).spawn().status;
  const commits: number[] = [];
  const { grouped, plain, setsid } = await interleave(rounds, {
    grouped: spawn(true),
    plain: spawn(false),
    setsid: spawnBySetsid,
    commit() {
      commits.push(time(fixture.commitBare));
      return Promise.resolve();
    },
  });
  return [
    {
      id: "spawn.group",
      what: "the call that spawns in a process group of its own, against one without",
      ours: summarize(spawned.detached).median,
      floor: summarize(spawned.attached).median,
      unit: "ms",
    },
    {
      id: "spawn.whole",
      what: "a whole run in a process group of its own, against one without",
      ours: grouped?.median ?? NaN,
      floor: plain?.median ?? NaN,
      unit: "ms",
    },
    {
      id: "spawn.setsid",
      what: "a whole run through setsid(1), against one in a process group of Deno's making",
      ours: setsid?.median ?? NaN,
      floor: grouped?.median ?? NaN,
      unit: "ms",
    },
    {
      id: "commit.bare",
      what: "one row committed with synchronous=FULL, against a whole bare run of tiny",
      ours: summarize(commits).median,
      floor: grouped?.median ?? NaN,
      unit: "ms",
    },
  ];
}
