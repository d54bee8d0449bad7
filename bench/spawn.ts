import { createFixture } from "./fixture.ts";
import { type Figure, interleave, summarize, time } from "./support.ts";

/** What Deno itself takes: a spawn with and without a process group, and one durable commit. */
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
