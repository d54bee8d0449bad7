import { isAbsolute, join, relative } from "node:path";
import type { PluginEntry } from "../config/config.ts";
import { loadManifest } from "./manifest.ts";

/** A plugin that passed every check and may be spawned. */
export interface PluginSpec extends PluginEntry {
  /** Absolute folder of the plugin: its working directory. */
  readonly folder: string;
  /** Absolute path of the executable. */
  readonly entrypoint: string;
}

/** A plugin that will not run, with every reason. */
export interface Refused {
  readonly name: string;
  readonly error: string;
}

/** Something in a manifest that is not understood. */
export interface Warned {
  readonly name: string;
  readonly warning: string;
}

/** What was found for the enabled entries of the config. */
export interface Discovered {
  readonly plugins: readonly PluginSpec[];
  readonly refused: readonly Refused[];
  readonly warnings: readonly Warned[];
}

/** Looks for a usable plugin folder for each configured plugin. Reads only; spawns nothing. */
export function discoverPlugins(
  pluginsDir: string,
  configured: readonly PluginEntry[],
): Discovered {
  const plugins: PluginSpec[] = [];
  const refused: Refused[] = [];
  const warnings: Warned[] = [];
  for (const config of configured) {
    const loaded = tryLoadPlugin(pluginsDir, config);
    if (loaded.ok) {
      plugins.push(loaded.plugin);
      warnings.push(...loaded.warnings.map((warning) => ({ name: config.name, warning })));
    } else {
      refused.push({
        name: config.name,
        error: `Cannot load plugin "${config.name}": ${loaded.error}`,
      });
    }
  }
  return { plugins, refused, warnings };
}

type LoadedPlugin =
  | { readonly ok: true; readonly plugin: PluginSpec; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** What the file system refuses, such as a loop of links, is a fault of this plugin only. */
function tryLoadPlugin(pluginsDir: string, config: PluginEntry): LoadedPlugin {
  try {
    return loadPlugin(pluginsDir, config);
  } catch (error) {
    if (error instanceof Error && "code" in error) return { ok: false, error: error.message };
    throw error;
  }
}

function loadPlugin(pluginsDir: string, config: PluginEntry): LoadedPlugin {
  const folder = join(pluginsDir, config.name);
  const missing = describeMissing(pluginsDir, folder);
  if (missing !== undefined) return { ok: false, error: missing };
  const loaded = loadManifest(join(folder, "manifest.yaml"));
  if (!loaded.ok) return { ok: false, error: loaded.problems.join("; ") };
  const { manifest, warnings } = loaded;
  const entrypoint = join(folder, manifest.entrypoint);
  const errors = [
    describeName(config.name, manifest.name),
    describeFolder(folder),
    describeEntrypoint(pluginsDir, folder, manifest.entrypoint),
    describeMissingConfig(manifest.config_keys.required, config),
  ].filter((error) => error !== undefined);
  if (errors.length > 0) return { ok: false, error: errors.join("; ") };
  return { ok: true, plugin: { ...config, folder, entrypoint }, warnings };
}

/** Says which step of the way to the manifest is missing. */
function describeMissing(pluginsDir: string, folder: string): string | undefined {
  if (stat(pluginsDir)?.isDirectory !== true) {
    return `plugins_dir ${pluginsDir} is not a folder; create it or change plugins_dir`;
  }
  if (stat(folder)?.isDirectory !== true) {
    return `there is no folder ${folder}; create it or set enabled: false`;
  }
  if (stat(join(folder, "manifest.yaml")) === undefined) {
    return `${folder} has no manifest.yaml; create it or set enabled: false`;
  }
  return undefined;
}

function describeName(folderName: string, manifestName: string): string | undefined {
  return folderName === manifestName
    ? undefined
    : `its manifest names it "${manifestName}"; name and folder must be the same`;
}

function describeFolder(folder: string): string | undefined {
  return ((stat(folder)?.mode ?? 0) & 0o002) !== 0
    ? `its folder can be written by everyone; run chmod o-w ${folder}`
    : undefined;
}

function describeEntrypoint(
  pluginsDir: string,
  folder: string,
  entrypoint: string,
): string | undefined {
  if (/\p{Cc}/u.test(entrypoint)) return "entrypoint contains a control character";
  if (isAbsolute(entrypoint)) return `entrypoint ${entrypoint} is absolute; make it relative`;
  if (entrypoint.split("/").includes("..")) return `entrypoint ${entrypoint} contains ".."`;
  const path = join(folder, entrypoint);
  const info = stat(path);
  if (info === undefined) return `entrypoint ${entrypoint} does not exist`;
  if (isOutside(pluginsDir, path)) {
    return `entrypoint ${entrypoint} leads outside plugins_dir once links are followed`;
  }
  if (!info.isFile) return `entrypoint ${entrypoint} is not a file`;
  const mode = info.mode ?? 0;
  if ((mode & 0o111) === 0) {
    return `entrypoint ${entrypoint} is not executable; run chmod +x ${path}`;
  }
  if ((mode & 0o002) !== 0) {
    return `entrypoint ${entrypoint} can be written by everyone; run chmod o-w ${path}`;
  }
  return undefined;
}

function isOutside(pluginsDir: string, path: string): boolean {
  const way = relative(Deno.realPathSync(pluginsDir), Deno.realPathSync(path));
  return way === ".." || way.startsWith("../");
}

function describeMissingConfig(
  required: readonly string[],
  config: PluginEntry,
): string | undefined {
  const missing = required.filter((key) => !Object.hasOwn(config.config, key));
  return missing.length === 0
    ? undefined
    : `its manifest requires config keys that are missing: ${missing.join(", ")}; ` +
      `add them under plugins.${config.name}.config`;
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
