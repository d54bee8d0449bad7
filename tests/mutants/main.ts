/**
 * Applies each mutant to a copy of the project and runs the tests of its room:
 * `deno task test:mutants [--only REGEXP]`. Exits with 1 if one survives unexplained, if its
 * text is gone, or if the tests fail without it.
 */
import { parseArgs } from "node:util";
import { type Mutant, type MutatedFile, occurrences } from "./mutant.ts";
import { TABLE } from "./table.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** What a copy leaves out. */
const LEFT_OUT = new Set([".git", "data", "dist", "node_modules"]);
/** What the tests may take without a mutant, in milliseconds. */
const LIMIT_MS = 120_000;
const WORKERS = 2;

interface Tried extends Mutant {
  readonly file: string;
  readonly outcome: "killed" | "survived" | "not found" | "tests fail";
}

function copyProject(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory, isFile } of Deno.readDirSync(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (isDirectory) copyProject(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Whether the tests pass in time; what they leave running ends with them. */
async function pass(folder: string, tests: readonly string[], limitMs: number): Promise<boolean> {
  const child = new Deno.Command("timeout", {
    args: [
      ...["--kill-after=5", String(limitMs / 1_000), Deno.execPath(), "test", "--quiet"],
      ...["--no-prompt", "--no-check", "--allow-all", "--fail-fast", ...tests],
    ],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return (await child.status).success;
}

/** How long each list of tests takes without a mutant, in milliseconds; `undefined` if it fails. */
const durations = new Map<string, Promise<number | undefined>>();

/** If it failed without a mutant, every mutant would look killed. */
async function measure(folder: string, tests: readonly string[]): Promise<number | undefined> {
  const began = performance.now();
  return await pass(folder, tests, LIMIT_MS) ? performance.now() - began : undefined;
}

async function tryMutant(
  folder: string,
  { file, tests }: MutatedFile,
  mutant: Mutant,
): Promise<Tried> {
  const path = `${folder}/src/${file}`;
  const source = Deno.readTextFileSync(path);
  if (occurrences(source, mutant.text) !== 1) return { ...mutant, file, outcome: "not found" };
  const known = durations.get(tests.join()) ?? measure(folder, tests);
  durations.set(tests.join(), known);
  const durationMs = await known;
  if (durationMs === undefined) return { ...mutant, file, outcome: "tests fail" };
  Deno.writeTextFileSync(path, source.replace(mutant.text, () => mutant.replacement));
  // A mutant may make a test wait forever; that counts as noticed, too.
  const passed = await pass(folder, tests, Math.ceil(10_000 + 3 * durationMs));
  Deno.writeTextFileSync(path, source);
  return { ...mutant, file, outcome: passed ? "survived" : "killed" };
}

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const only = new RegExp(values.only);
const waiting = TABLE.flatMap((of) => of.mutants.map((mutant) => ({ of, mutant })))
  .filter(({ of, mutant }) => only.test(`${of.file} ${mutant.text} ${mutant.loss}`));
const tried: Tried[] = [];
const total = waiting.length;

async function work(): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-mutants-" });
  copyProject(ROOT, folder);
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const began = performance.now();
    const result = await tryMutant(folder, next.of, next.mutant);
    tried.push(result);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(
      `${tried.length}/${total} ${result.outcome} in ${seconds} s: ${result.file}: ${result.loss}`,
    );
  }
  Deno.removeSync(folder, { recursive: true });
}

await Promise.all(Array.from({ length: WORKERS }, work));
const count = (outcome: Tried["outcome"]) =>
  tried.filter((each) => each.outcome === outcome).length;
const explained = tried.filter(({ outcome, equivalent }) => outcome === "survived" && equivalent);
for (const { outcome, file, text, replacement, loss, equivalent } of tried) {
  if (outcome === "killed" && equivalent === undefined) continue;
  console.log(`\n${outcome}: ${file}: ${loss}\n  - ${text}\n  + ${replacement}`);
  if (equivalent !== undefined) console.log(`  equivalent: ${equivalent}`);
}
const unexplained = count("survived") - explained.length;
console.log(
  `\n${total} mutants: ${count("killed")} killed, ${unexplained} survived, ` +
    `${explained.length} equivalent, ${count("not found")} not found, ` +
    `${count("tests fail")} whose tests fail without them`,
);
if (total > count("killed") + explained.length) Deno.exitCode = 1;
