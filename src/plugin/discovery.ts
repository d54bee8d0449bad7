import { isAbsolute, join, relative } from "node:path";
import type { PluginEntry } from "../config/config.ts";
import { type Command, isCommand } from "../core/job.ts";
import { describeProblem, type FileProblem, type Problem } from "../document/problem.ts";
import { findMissingKeys, findUnlistedKeys } from "./config_keys.ts";
import { loadManifest } from "./manifest.ts";
import type { Refusal, RefusalCode } from "./refusal.ts";

/** A plugin that passed every check and may be spawned. */
export interface PluginSpec extends PluginEntry {
  /** Absolute folder of the plugin: its working directory. */
  readonly folder: string;
  /** Absolute path of the executable. */
  readonly entrypoint: string;
  /** Its commands, of those that this version knows. */
  readonly commands: readonly Command[];
  /** Keys of its state that are stored although it answers `error`. */
  readonly stateOnError: readonly string[];
  /** Keys of its state whose values are secrets. */
  readonly secretState: readonly string[];
}

/** A plugin to run, with the warnings about its manifest, or every reason against it. */
export type LoadedPlugin =
  & {
    /** Keys of the entry's `config` that the manifest does not list. */
    readonly unlisted: readonly Problem[];
  }
  & (
    | { readonly ok: true; readonly spec: PluginSpec; readonly warnings: readonly FileProblem[] }
    | { readonly ok: false; readonly refusals: readonly Refusal[] }
  );

/**
 * Looks for a usable plugin folder for an entry of the config. Reads only; spawns nothing. An error
 * of the file system, such as a loop of links, is a fault of this plugin only.
 */
export function loadPlugin(pluginsDir: string, entry: PluginEntry): LoadedPlugin {
  try {
    return tryLoadPlugin(pluginsDir, entry);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return refused([refusal("file system", error.message)]);
  }
}

function tryLoadPlugin(pluginsDir: string, entry: PluginEntry): LoadedPlugin {
  const folder = join(pluginsDir, entry.name);
  const obstacle = findObstacle(pluginsDir, folder);
  if (obstacle !== undefined) return refused([obstacle]);
  const loaded = loadManifest(join(folder, "manifest.yaml"));
  if (!loaded.ok) {
    const refusals = loaded.problems.map((problem) => (
      { ...refusal("manifest", describeProblem(problem)), problem }
    ));
    return refused(refusals);
  }
  const { manifest, warnings } = loaded;
  const refusals = [
    checkName(entry.name, manifest.name),
    checkFolder(folder),
    checkEntrypoint(pluginsDir, folder, manifest.entrypoint),
    findMissingKeys(manifest.config_keys, entry),
  ].filter((found) => found !== undefined);
  const unlisted = findUnlistedKeys(manifest.config_keys, entry);
  if (refusals.length > 0) return refused(refusals, unlisted);
  const spec: PluginSpec = {
    ...entry,
    folder,
    entrypoint: join(folder, manifest.entrypoint),
    commands: manifest.commands.filter(isCommand),
    stateOnError: manifest.state_on_error,
    secretState: manifest.secret_state,
  };
  return { ok: true, spec, warnings, unlisted };
}

function refused(
  refusals: readonly Refusal[],
  unlisted: readonly Problem[] = [],
): LoadedPlugin {
  return { ok: false, refusals, unlisted };
}

function refusal(code: RefusalCode, error: string): Refusal {
  return { code, error };
}

/** The first step of the way to the manifest that is missing, or not to be trusted. */
function findObstacle(pluginsDir: string, folder: string): Refusal | undefined {
  const dir = stat(pluginsDir);
  if (dir?.isDirectory !== true) {
    return refusal(
      "plugins_dir",
      `plugins_dir ${pluginsDir} is not a folder; create it or change plugins_dir`,
    );
  }
  if (isWritableByAll(dir) && !isSticky(dir)) {
    const wayOut = `run chmod o-w ${pluginsDir}`;
    return refusal("writable", `plugins_dir is writable by everyone; ${wayOut}`);
  }
  if (stat(folder)?.isDirectory !== true) {
    return refusal(
      "missing",
      `there is no folder ${folder}; create it or set enabled: false`,
    );
  }
  return stat(join(folder, "manifest.yaml")) === undefined
    ? refusal("missing", `${folder} has no manifest.yaml; create it or set enabled: false`)
    : undefined;
}

function checkName(folderName: string, manifestName: string): Refusal | undefined {
  if (folderName === manifestName) return undefined;
  return refusal(
    "name",
    `its manifest names it "${manifestName}"; name and folder must be the same`,
  );
}

function checkFolder(folder: string): Refusal | undefined {
  return isWritableByAll(stat(folder))
    ? refusal("writable", `its folder is writable by everyone; run chmod o-w ${folder}`)
    : undefined;
}

function checkEntrypoint(
  pluginsDir: string,
  folder: string,
  entrypoint: string,
): Refusal | undefined {
  const refuse = (code: RefusalCode, what: string) => refusal(code, `entrypoint ${what}`);
  if (/\p{Cc}/u.test(entrypoint)) return refuse("entrypoint path", "contains a control character");
  if (isAbsolute(entrypoint)) {
    return refuse("entrypoint outside", `${entrypoint} is absolute; make it relative`);
  }
  if (entrypoint.split("/").includes("..")) {
    return refuse("entrypoint outside", `${entrypoint} contains ".."`);
  }
  const path = join(folder, entrypoint);
  const info = stat(path);
  if (info === undefined) return refuse("entrypoint missing", `${entrypoint} does not exist`);
  if (isOutside(pluginsDir, path)) {
    const where = "leads outside plugins_dir through a link";
    return refuse("entrypoint outside", `${entrypoint} ${where}`);
  }
  if (!info.isFile) return refuse("entrypoint missing", `${entrypoint} is not a file`);
  if (((info.mode ?? 0) & 0o111) === 0) {
    const wayOut = `run chmod +x ${path}`;
    return refuse("entrypoint not executable", `${entrypoint} is not executable; ${wayOut}`);
  }
  return isWritableByAll(info)
    ? refuse("writable", `${entrypoint} is writable by everyone; run chmod o-w ${path}`)
    : undefined;
}

function isWritableByAll(info: Deno.FileInfo | undefined): boolean {
  return ((info?.mode ?? 0) & 0o002) !== 0;
}

/** In a sticky folder, users can rename or delete only what belongs to them. */
function isSticky({ mode }: Deno.FileInfo): boolean {
  return ((mode ?? 0) & 0o1000) !== 0;
}

function isOutside(pluginsDir: string, path: string): boolean {
  const way = relative(Deno.realPathSync(pluginsDir), Deno.realPathSync(path));
  return way === ".." || way.startsWith("../");
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
