import { dirname, resolve } from "node:path";
import type * as z from "zod/mini";
import type { Schedule } from "../core/schedule.ts";
import { check } from "../document/check.ts";
import { type FileProblem, inOrder, type Problem } from "../document/problem.ts";
import { readYamlFile, type YamlFile } from "../document/yaml_file.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { configSchema, LATER_KEYS, pluginSchema, type serviceSchema } from "./schema.ts";

/** An enabled plugin's entry in `config.yaml`. Times are in milliseconds. */
export interface PluginEntry extends Omit<z.output<typeof pluginSchema>, "enabled"> {
  readonly name: string;
  readonly schedule: Schedule;
}

/** What `config.yaml` says, with defaults filled in and paths absolute. Times are in milliseconds. */
export interface Config {
  readonly path: string;
  readonly service: z.output<typeof serviceSchema>;
  readonly statePath: string;
  readonly pluginsDir: string;
  /** The enabled plugins, in the order of the file. */
  readonly plugins: readonly PluginEntry[];
  /** The names of the others. */
  readonly disabled: readonly string[];
}

/** A usable config, or everything that is wrong with it, in the order of the file. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Reads, interpolates and checks `config.yaml`. Nothing but this file is touched. */
export function loadConfig(path: string, env: ReadEnv): LoadedConfig {
  const read = readYamlFile(path);
  if (!read.ok) return read;
  const { value, problems } = interpolate(read.file.value, env);
  const checked = check(configSchema, value ?? {}, LATER_KEYS);
  if (!checked.ok || problems.length > 0) {
    const invalid = checked.ok ? [] : checked.problems;
    return { ok: false, problems: report(problems, invalid, read.file) };
  }

  const { service, statePath, pluginsDir, plugins } = checked.value;
  const folder = dirname(resolve(path));
  return {
    ok: true,
    config: {
      path: resolve(path),
      service,
      statePath: resolve(folder, statePath),
      pluginsDir: resolve(folder, pluginsDir),
      plugins: Object.entries(plugins).flatMap(([name, entry]) => toEntry(name, entry) ?? []),
      disabled: Object.entries(plugins).flatMap(([name, { enabled }]) => enabled ? [] : [name]),
    },
  };
}

/** What `config.yaml` comes to for a plugin of which it says no more than `every: 1h`. */
export function defaultEntry(name: string): PluginEntry {
  const { enabled: _, ...rest } = pluginSchema.parse({ enabled: false });
  return { ...rest, name, schedule: { everyMs: 3_600_000, jitterMs: 0 } };
}

/** `undefined` for a plugin that is not to run. */
function toEntry(
  name: string,
  { enabled, schedule, ...rest }: z.output<typeof pluginSchema>,
): PluginEntry | undefined {
  return enabled && schedule !== undefined ? { ...rest, name, schedule } : undefined;
}

/** In the order of the file and of the lines; if a variable is unset, that is the only complaint about its key. */
function report(
  unresolved: readonly Problem[],
  invalid: readonly Problem[],
  file: YamlFile,
): readonly FileProblem[] {
  const unresolvedPaths = new Set(unresolved.map(({ path }) => JSON.stringify(path)));
  const others = invalid.filter(({ path }) => !unresolvedPaths.has(JSON.stringify(path)));
  return inOrder([...unresolved, ...others].map(file.locate));
}
