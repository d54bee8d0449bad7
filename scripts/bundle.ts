import { build, stop } from "esbuild";
import { parseArgs } from "node:util";
import { dirname, relative } from "node:path";
import { START_FLAGS } from "./start_flags.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Makes the file executable by itself, with exactly the permissions of `deno task start`. */
const FIRST_LINE = `#!/usr/bin/env -S deno run ${START_FLAGS.join(" ")} --no-config\n`;

/**
 * A Deno without `node:sqlite` would end at its first import, before the program can say which Deno it
 * needs; so a statement that may fail imports it.
 */
const SQLITE = /import\{([\w$ ,]+)\}from"node:sqlite";/g;

/**
 * Runs without deno.lock, which older Denos have to be able to read: its version does not name the packages
 * of a single system, such as the one with esbuild's program. deno.json pins the version.
 *
 * Bundles the program into one file that runs by itself, with its source map beside it. Deno bundles,
 * since it knows where npm's packages are; esbuild minifies, and turns `using` into what every Deno 2 reads.
 */
async function bundle(output: string): Promise<void> {
  const whole = `${output}.whole`;
  await run([
    ...["bundle", "--quiet", "--platform", "browser", "--minify", "--sourcemap", "inline"],
    ...["--output", whole, "src/main.ts"],
  ]);
  try {
    await build({
      entryPoints: [whole],
      outfile: output,
      loader: { ".whole": "js" },
      format: "esm",
      target: "es2022",
      minify: true,
      sourcemap: "linked",
    });
  } finally {
    await stop();
    Deno.removeSync(whole);
  }
  const code = Deno.readTextFileSync(output);
  let imports = 0;
  const patched = code.replaceAll(SQLITE, (_, names: string) => {
    imports++;
    const taken = names.replaceAll(" as ", ":");
    return `const{${taken}}=await import("node:sqlite").catch(()=>({}));`;
  });
  if (imports === 0) throw new Error(`${output} imports node:sqlite in no known way`);
  Deno.writeTextFileSync(output, FIRST_LINE + patched);
  Deno.chmodSync(output, 0o755);
  shiftMap(`${output}.map`);
}

/** Makes the map count from the second line, and names its files as they are named in this project. */
function shiftMap(path: string): void {
  const map = JSON.parse(Deno.readTextFileSync(path));
  const name = (source: string) =>
    relative(ROOT, new URL(source, `file://${dirname(path)}/`).pathname);
  const sources = map.sources.map(name);
  Deno.writeTextFileSync(path, JSON.stringify({ ...map, sources, mappings: `;${map.mappings}` }));
}

async function run(args: readonly string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn()
    .status;
  if (code !== 0) throw new Error(`deno ${args.join(" ")} ended with ${code}`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { output: { type: "string", short: "o" } } });
  const output = values.output ?? `${ROOT}dist/senechal-gw.js`;
  Deno.mkdirSync(dirname(output), { recursive: true });
  await bundle(output);
  const { size } = Deno.statSync(output);
  console.log(`Wrote ${output}, ${Math.round(size / 1_000)} kB, and its source map`);
}
