import { basename, dirname, resolve } from "node:path";
import type * as z from "zod/mini";
import { realPath } from "../base/file.ts";
import { nearest } from "../base/nearest.ts";
import { createRedact, type Redact } from "../base/redact.ts";
import { escapeUnseen } from "../base/unseen.ts";
import type { Lanes } from "../core/lanes.ts";
import { LOCK_NAME } from "../core/lock_name.ts";
import type { Schedule } from "../core/schedule.ts";
import { secretForms } from "../core/secret.ts";
import { check, type Checked } from "../document/check.ts";
import { type FileProblem, inOrder, type Problem } from "../document/problem.ts";
import { createLocate, type Locate, readYamlFile, type YamlFile } from "../document/yaml_file.ts";
import { withDefaults } from "./defaults.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { createReadSecret } from "./secret_file.ts";
import { configSchema, LATER_KEYS, pluginSchema, type serviceSchema } from "./schema.ts";

/** An enabled plugin's entry in `config.yaml`. Times are in milliseconds. */
export interface PluginEntry extends Omit<z.output<typeof pluginSchema>, "enabled"> {
  readonly name: string;
  readonly schedule: Schedule;
}

/** What `config.yaml` says, with defaults filled in and paths absolute. Times are in milliseconds. */
export interface Config {
  readonly path: string;
  /** The file as it was read: it may hold secrets. */
  readonly text: string;
  readonly service: z.output<typeof serviceSchema>;
  readonly lanes: Lanes;
  readonly statePath: string;
  readonly pluginsDir: string;
  /** The enabled plugins, in the order of the file. */
  readonly plugins: readonly PluginEntry[];
  /** The names of the disabled plugins. */
  readonly disabled: readonly string[];
  /** What must not be shown, in every form in which it is masked; the longest first. */
  readonly secrets: readonly string[];
  /** The files that `${file:...}` names, absolute. */
  readonly secretFiles: readonly string[];
  /** What is wrong, but does not keep the gateway from running. */
  readonly warnings: readonly FileProblem[];
}

/** A usable config, or everything that is wrong with it, in the order of the file. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Reads, interpolates and checks `config.yaml`, with the files that its `${file:...}` name, once each. */
export function loadConfig(path: string, env: ReadEnv): LoadedConfig {
  const read = readYamlFile(path);
  if (!read.ok) return read;
  const folder = dirname(resolve(path));
  const sources = { env, file: createReadSecret(folder) };
  const { value, problems, warnings, secrets, files } = interpolate(read.file.value, sources);
  const checked = checkConfig(value ?? {}, createRedact(secretForms(secrets)));
  if (!checked.ok || problems.length > 0) {
    const invalid = checked.ok ? [] : checked.problems;
    return { ok: false, problems: report(problems, invalid, read.file) };
  }

  const { service, statePath, pluginsDir, pools, plugins } = checked.value;
  const database = resolve(folder, statePath);
  if (leadsToLock(database)) return { ok: false, problems: [read.file.locate(AT_LOCK)] };
  return {
    ok: true,
    config: {
      path: resolve(path),
      text: read.file.text,
      service,
      lanes: { total: service.maxRunning, pools: new Map(Object.entries(pools)) },
      statePath: database,
      pluginsDir: resolve(folder, pluginsDir),
      plugins: Object.entries(plugins).flatMap(([name, entry]) => toEntry(name, entry) ?? []),
      disabled: Object.entries(plugins).flatMap(([name, { enabled }]) => enabled ? [] : [name]),
      secrets: secretForms(secrets),
      secretFiles: [...new Set(files.map((file) => resolve(folder, file)))],
      warnings: inOrder(warnings.map(read.file.locate)),
    },
  };
}

/** Finds the places of problems that show only later, such as when a plugin's manifest is read. */
export function locateIn({ path, text }: Pick<Config, "path" | "text">): Locate {
  return createLocate(basename(path), text);
}

/** The entry of a plugin for which `config.yaml` sets only `every: 1h`. */
export function defaultEntry(name: string): PluginEntry {
  const { enabled: _, ...rest } = pluginSchema.parse({ enabled: false });
  return { ...rest, name, schedule: { everyMs: 3_600_000, jitterMs: 0 } };
}

type Said = z.output<typeof configSchema>;

/** Checks a config as it was written, so that each problem has its place, then fills its entries in. */
function checkConfig(value: unknown, redact: Redact): Checked<Said> {
  const said = check(configSchema, value, LATER_KEYS);
  if (!said.ok) return said;
  const problems = findUnknownPools(said.value, redact);
  if (problems.length > 0) return { ok: false, problems };
  const filled = withDefaults(value);
  return filled === value ? said : check(configSchema, filled);
}

/** Where a pool is named that the config does not have. */
function findUnknownPools({ pools, defaults, plugins }: Said, redact: Redact): readonly Problem[] {
  const known = Object.keys(pools);
  const named = [
    { path: ["defaults", "pool"], pool: defaults.pool },
    ...Object.entries(plugins).map(([name, { pool }]) => ({
      path: ["plugins", name, "pool"],
      pool,
    })),
  ];
  return named.flatMap(({ path, pool }) => {
    if (!pool || known.includes(pool)) return [];
    const guess = nearest(pool, known);
    const fix = guess === undefined ? `add it under pools` : `did you mean "${guess}"?`;
    const message = escapeUnseen(redact(`there is no pool "${pool}"; ${fix}`));
    return [{ code: "invalid", path, message } as const];
  });
}

const AT_LOCK: Problem = {
  code: "invalid",
  path: ["state", "path"],
  message: `must not lead to a file named ${LOCK_NAME}: that is the lock beside the database`,
};

/** Whether the database would be the lock, which the gateway empties and writes its pid into. */
function leadsToLock(path: string): boolean {
  try {
    return basename(realPath(path)) === LOCK_NAME;
  } catch {
    return basename(path) === LOCK_NAME; // the folder does not exist yet, or cannot be read
  }
}

/** `undefined` for a disabled plugin. */
function toEntry(
  name: string,
  { enabled, schedule, ...rest }: z.output<typeof pluginSchema>,
): PluginEntry | undefined {
  return enabled && schedule !== undefined ? { ...rest, name, schedule } : undefined;
}

/** All problems, in file order. If a variable of a value is unset, that is its only problem. */
function report(
  unresolved: readonly Problem[],
  invalid: readonly Problem[],
  file: YamlFile,
): readonly FileProblem[] {
  const unresolvedPaths = new Set(unresolved.map(({ path }) => JSON.stringify(path)));
  const others = invalid.filter(({ path }) => !unresolvedPaths.has(JSON.stringify(path)));
  return inOrder([...unresolved, ...others].map(file.locate));
}
