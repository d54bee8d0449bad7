import settings from "../deno.json" with { type: "json" };
import { START_FLAGS } from "../scripts/start_flags.ts";
import { createSite, MAIN, NOTING, startProgram, TINY, tryRead, until } from "./program.ts";
import { type Figure, summarize, timeAsync } from "./support.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The arguments of `deno task bundle`, with another file to write. */
function bundleArgs(output: string): string[] {
  const [, ...args] = settings.tasks.bundle.split(" ");
  const folder = output.replace(/\/[^/]+$/, "");
  return args.map((word) =>
    word === "--allow-write=dist"
      ? `--allow-write=${folder}`
      : word.startsWith("dist/")
      ? output
      : word
  );
}

/** Milliseconds from exec to the first instruction of the first plugin. */
async function startOnce(folder: string, main: string): Promise<number> {
  const file = `${folder}/plugins/first/started`;
  for (const path of [file, `${folder}/data`]) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
  }
  const execAt = performance.timeOrigin + performance.now();
  await using _program = startProgram(folder, main);
  await until(() => tryRead(file) !== undefined);
  return Number(tryRead(file)?.trim().replace(",", ".")) * 1_000 - execAt;
}

/** Milliseconds of `deno run` of an empty program. */
async function runEmpty(path: string): Promise<number> {
  return await timeAsync(() =>
    new Deno.Command(Deno.execPath(), { args: ["run", "--quiet", ...START_FLAGS, path] }).output()
  );
}

/** Maximum size of the bundle, in kB: people copy it to small machines. */
const BUNDLE_LIMIT_KB = 480;

/** Figure 7: start of source and bundle, with one plugin and with a thousand, against an empty program. */
export async function measureStart(rounds: number): Promise<Figure[]> {
  const first = { name: "first", script: NOTING, every: "1h" };
  using one = createSite([first]);
  const others = Array.from(
    { length: 999 },
    (_, n) => ({ name: `p${n}`, script: TINY, every: "1h" }),
  );
  using thousand = createSite([first, ...others]);
  using shelf = createSite([first, ...others]);
  const config = Deno.readTextFileSync(`${one.folder}/config.yaml`);
  Deno.writeTextFileSync(`${shelf.folder}/config.yaml`, config);
  const empty = `${one.folder}/empty.ts`;
  Deno.writeTextFileSync(empty, "");
  const bundle = `${one.folder}/bundle.js`;
  await new Deno.Command(Deno.execPath(), { args: bundleArgs(bundle), cwd: ROOT }).output();
  const durations: Record<string, number[]> = {
    empty: [],
    source: [],
    bundle: [],
    enabled: [],
    shelf: [],
    bundleShelf: [],
  };
  await startOnce(one.folder, MAIN); // fills Deno's caches, as the first start on a machine would
  await startOnce(one.folder, bundle);
  for (let round = 0; round < rounds; round++) {
    durations.empty?.push(await runEmpty(empty));
    durations.source?.push(await startOnce(one.folder, MAIN));
    durations.bundle?.push(await startOnce(one.folder, bundle));
    durations.enabled?.push(await startOnce(thousand.folder, MAIN));
    durations.shelf?.push(await startOnce(shelf.folder, MAIN));
    durations.bundleShelf?.push(await startOnce(shelf.folder, bundle));
  }
  const floor = summarize(durations.empty ?? []).median;
  const figure = (name: string, what: string): Figure => {
    const { median, p95 } = summarize(durations[name] ?? []);
    return {
      id: `start.${name}`,
      what: `${what}, exec to the plugin's first instruction, against an empty \`deno run\``,
      ours: median,
      floor,
      p95,
      unit: "ms",
      goal: "<= 5",
    };
  };
  return [
    {
      id: "bundle.size",
      what: "size of the bundle, against its limit",
      ours: Deno.statSync(bundle).size / 1_000,
      floor: BUNDLE_LIMIT_KB,
      unit: "kB",
      goal: "<= 1",
    },
    figure("source", "start from source"),
    figure("bundle", "start of the bundle"),
    figure("shelf", "start from source with 1,000 plugins on disk, one of them enabled"),
    figure("bundleShelf", "start of the bundle with 1,000 plugins on disk, one of them enabled"),
    figure("enabled", "start from source with 1,000 plugins on disk, all enabled"),
  ];
}
