import { dirname, resolve } from "node:path";
import * as z from "zod/mini";
import { isJsonObject } from "../base/json.ts";
import type { FileProblem } from "../document/problem.ts";
import { type Locate, readYamlFile } from "../document/yaml_file.ts";
import type { ReadEnv } from "./interpolate.ts";
import { checkPart } from "./part.ts";
import { pluginsDirSchema } from "./schema.ts";

/** Where a config looks for plugins, or what is wrong with what it says about that. */
export type PluginsPlace =
  | {
    readonly ok: true;
    /** Absolute, like the next. */
    readonly configPath: string;
    readonly pluginsDir: string;
    /** The names of the entries in the config. */
    readonly entries: readonly string[];
    readonly locate: Locate;
  }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const pluginsDirOnly = z.object({ plugins_dir: pluginsDirSchema });

/** Reads only `plugins_dir` and the names of the entries of `config.yaml`, for commands that write or check a plugin. */
export function findPlugins(path: string, env: ReadEnv): PluginsPlace {
  const parsed = readYamlFile(path);
  if (!parsed.ok) return parsed;
  const { value, locate } = parsed.file;
  const checked = checkPart(path, value, "plugins_dir", pluginsDirOnly, env);
  if (!checked.ok) return { ok: false, problems: checked.problems.map(locate) };
  const entries = isJsonObject(value) && isJsonObject(value.plugins) ? value.plugins : {};
  return {
    ok: true,
    configPath: resolve(path),
    pluginsDir: resolve(dirname(resolve(path)), checked.value.plugins_dir),
    entries: Object.keys(entries),
    locate,
  };
}
