import { join, resolve } from "node:path";
import { isFile } from "../base/file.ts";
import { nearest } from "../base/nearest.ts";
import { findPlugins } from "../config/plugins_place.ts";
import { PLUGIN_NAME } from "../core/name.ts";

const MANIFEST = "manifest.yaml";

/**
 * The absolute path of a plugin's folder. Throws, for the person who typed it, if there is none.
 *
 * @param text a path, or the name of a plugin in the `plugins_dir` of the config at `configPath`.
 */
export function findPluginFolder(
  text: string,
  configPath: string,
  env: Readonly<Record<string, string>>,
): string {
  if (isFolder(text)) return resolve(text);
  if (!PLUGIN_NAME.test(text)) throw new Error("it is not a folder");
  const place = findPlugins(configPath, (name) => env[name]);
  if (!place.ok) throw new Error(`it is not a folder, and ${configPath} cannot be read`);
  const folder = join(place.pluginsDir, text);
  if (isFolder(folder)) return folder;
  const guess = nearest(text, place.entries);
  const hint = guess === undefined ? "" : `; did you mean '${guess}'?`;
  throw new Error(`it is not a folder, here or in ${place.pluginsDir}${hint}`);
}

/** The names in the `plugins_dir` of the config that begin so; none if it cannot be read. */
export function proposePlugins(
  begin: string,
  configPath: string,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  try {
    const place = findPlugins(configPath, (name) => env[name]);
    if (!place.ok) return [];
    return [...Deno.readDirSync(place.pluginsDir)].map(({ name }) => name)
      .filter((name) => name.startsWith(begin) && isFile(join(place.pluginsDir, name, MANIFEST)));
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
