/**
 * Applies each mutant to a copy of the project and runs the tests of its room:
 * `deno task test:mutants [--only TEXT]`. Exits with 1 if one survives unexplained, or its text is gone.
 */
import { parseArgs } from "node:util";
import { type Mutant, type MutatedFile, occurrences } from "./mutant.ts";
import { TABLE } from "./table.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** What a copy leaves out. */
const LEFT_OUT = new Set([".git", "data", "dist", "node_modules"]);
/** A mutant may make a test wait forever; that counts as noticed, too. */
const LIMIT_MS = 90_000;
const WORKERS = 2;

interface Tried extends Mutant {
  readonly file: string;
  readonly outcome: "killed" | "survived" | "not found";
}

function copyProject(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory, isFile } of Deno.readDirSync(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (isDirectory) copyProject(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Whether the tests notice; what they leave running ends with them. */
async function isNoticed(folder: string, tests: readonly string[]): Promise<boolean> {
  const child = new Deno.Command("timeout", {
    args: [
      ...["--kill-after=5", String(LIMIT_MS / 1_000), Deno.execPath(), "test", "--quiet"],
      ...["--no-prompt", "--no-check", "--allow-all", "--fail-fast", ...tests],
    ],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return !(await child.status).success;
}

async function tryMutant(
  folder: string,
  { file, tests }: MutatedFile,
  mutant: Mutant,
): Promise<Tried> {
  const path = `${folder}/src/${file}`;
  const source = Deno.readTextFileSync(path);
  if (occurrences(source, mutant.text) !== 1) return { ...mutant, file, outcome: "not found" };
  Deno.writeTextFileSync(path, source.replace(mutant.text, () => mutant.replacement));
  const noticed = await isNoticed(folder, tests);
  Deno.writeTextFileSync(path, source);
  return { ...mutant, file, outcome: noticed ? "killed" : "survived" };
}

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const waiting = TABLE.flatMap((of) => of.mutants.map((mutant) => ({ of, mutant })))
  .filter(({ of, mutant }) => `${of.file} ${mutant.text} ${mutant.loss}`.includes(values.only));
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
  if (outcome === "killed") continue;
  console.log(`\n${outcome}: ${file}: ${loss}\n  - ${text}\n  + ${replacement}`);
  if (equivalent !== undefined) console.log(`  equivalent: ${equivalent}`);
}
const unexplained = count("survived") - explained.length;
console.log(
  `\n${total} mutants: ${count("killed")} killed, ${unexplained} survived, ` +
    `${explained.length} equivalent, ${count("not found")} not found`,
);
if (unexplained > 0 || count("not found") > 0) Deno.exitCode = 1;
