import type { JsonObject } from "../../src/base/json.ts";
import type { CheckResult } from "../../src/conformance/check.ts";
import type { SubjectOptions } from "../../src/conformance/subject.ts";
import { searchPath } from "../../src/plugin/environment.ts";
import { loadManifest } from "../../src/plugin/manifest.ts";
import { describeMissingInterpreter, readShebang } from "../../src/process/shebang.ts";
import { type Defect, GOOD_SCRIPT } from "./defects.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** The folders of the example plugins. */
export const EXAMPLES: readonly string[] = [...Deno.readDirSync(`${ROOT}examples/plugins`)]
  .map(({ name }) => `${ROOT}examples/plugins/${name}`).sort();

/** The folder of the shipped plugin. */
export const ECHO = `${ROOT}plugins/echo`;

/** The folder of the plugin that runs a command. */
export const EXEC = `${ROOT}plugins/exec`;

/** The options of a check: an environment without proxies, and time for a slow machine. */
export function optionsFor(folder: string, config: JsonObject = {}): SubjectOptions {
  const { PATH = "", HOME = "" } = Deno.env.toObject();
  return {
    folder,
    config,
    env: { PATH, HOME },
    timeoutMs: 60_000,
    interrupt: new AbortController().signal,
  };
}

/** Whether the plugin's interpreter is installed here. */
export function canRun(folder: string): boolean {
  const path = searchPath(Deno.env.get("PATH"));
  const loaded = loadManifest(`${folder}/manifest.yaml`);
  if (!loaded.ok) return true; // the test says what is wrong
  const shebang = readShebang(`${folder}/${loaded.manifest.entrypoint}`);
  const lines = shebang.kind === "script" ? [shebang.line] : [];
  if (folder.endsWith("poll-http-bash")) lines.push("#!/usr/bin/env curl");
  return lines.every((line) => describeMissingInterpreter(line, path) === undefined);
}

/** A plugin folder with one defect (or none), in its own temporary plugins folder. */
export function makePlugin(
  { manifest = {}, script = GOOD_SCRIPT, prepare }: Partial<Defect> = {},
): { readonly folder: string } & Disposable {
  const parent = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-plugin-" }));
  const folder = `${parent}/it`;
  Deno.mkdirSync(folder, { mode: 0o755 });
  const text = typeof manifest === "string" ? manifest : Object.values({
    name: "name: it",
    protocol: "protocol: 1",
    entrypoint: "entrypoint: run.sh",
    commands: "commands: [poll]",
    ...manifest,
  }).join("\n");
  Deno.writeTextFileSync(`${folder}/manifest.yaml`, text);
  Deno.writeTextFileSync(`${folder}/run.sh`, script);
  Deno.chmodSync(`${folder}/run.sh`, 0o755);
  prepare?.(folder);
  return { folder, [Symbol.dispose]: () => Deno.removeSync(parent, { recursive: true }) };
}

/** The failed checks, with what they found, for an assertion message. */
export function failuresOf(results: readonly CheckResult[]): string {
  return results.filter(({ outcome }) => outcome === "fail")
    .map(({ id, got }) => `${id}: ${got}`).join("\n");
}
