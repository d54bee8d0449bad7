import { dirname, resolve } from "node:path";
import type { JsonObject } from "../base/json.ts";
import { check } from "../document/check.ts";
import type { Problem } from "../document/problem.ts";
import { readYamlFile, type YamlFile } from "../document/yaml_file.ts";
import type { LogFormat, LogLevel } from "../log/level.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { configSchema } from "./schema.ts";

/** What one plugin's entry in `config.yaml` says. Times are in milliseconds. */
export interface PluginConfig {
  readonly name: string;
  readonly everyMs: number;
  readonly jitterMs: number;
  readonly config: JsonObject;
  readonly pollTimeoutMs: number;
  readonly maxAttempts: number;
  /** Names of environment variables to pass through. */
  readonly env: readonly string[];
}

/** What `config.yaml` says, with defaults filled in and paths absolute. Times are in milliseconds. */
export interface Config {
  readonly path: string;
  readonly name: string;
  readonly tickIntervalMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly jobLogRetentionMs: number;
  readonly shutdownGraceMs: number;
  readonly statePath: string;
  readonly pluginsDir: string;
  /** The enabled plugins, in the order of the file. */
  readonly plugins: readonly PluginConfig[];
}

/** A usable config, or every problem as one line for the operator. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads, interpolates and checks `config.yaml`. Nothing but this file is touched. */
export function loadConfig(path: string, env: ReadEnv): LoadedConfig {
  const read = readYamlFile(path);
  if (!read.ok) return read;
  const { value, problems } = interpolate(read.file.value, env);
  const checked = check(configSchema, value ?? {});
  if (!checked.ok || problems.length > 0) {
    const invalid = checked.ok ? [] : checked.problems;
    return { ok: false, problems: report(problems, invalid, read.file) };
  }

  const { service, state, plugins_dir, plugins } = checked.value;
  const folder = dirname(resolve(path));
  return {
    ok: true,
    config: {
      path: resolve(path),
      name: service.name,
      tickIntervalMs: service.tick_interval,
      logLevel: service.log_level,
      logFormat: service.log_format,
      jobLogRetentionMs: service.job_log_retention,
      shutdownGraceMs: service.shutdown_grace,
      statePath: resolve(folder, state.path),
      pluginsDir: resolve(folder, plugins_dir),
      plugins: Object.entries(plugins).flatMap(([name, entry]) =>
        entry.enabled && entry.schedule !== undefined
          ? [{
            name,
            everyMs: entry.schedule.every,
            jitterMs: entry.schedule.jitter,
            config: entry.config,
            pollTimeoutMs: entry.timeouts.poll,
            maxAttempts: entry.max_attempts,
            env: entry.env,
          }]
          : []
      ),
    },
  };
}

/** In the order of the file; where a variable is unset, that is the only complaint about its key. */
function report(
  unresolved: readonly Problem[],
  invalid: readonly Problem[],
  file: YamlFile,
): string[] {
  const unresolvedPaths = new Set(unresolved.map(({ path }) => JSON.stringify(path)));
  const others = invalid.filter(({ path }) => !unresolvedPaths.has(JSON.stringify(path)));
  const lines = new Set([...unresolved, ...others].map(file.locate));
  return [...lines].sort(new Intl.Collator("en", { numeric: true }).compare);
}
