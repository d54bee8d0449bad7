import * as z from "zod/mini";
import { parseDuration } from "../base/duration.ts";
import { NOT_A_PLUGIN_NAME, PLUGIN_NAME } from "../core/name.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log/level.ts";
import { VARIABLE_NAME } from "./reference.ts";

/** Keys of later versions, reported as such, not as unknown. `*` stands for a plugin's name. */
export const LATER_KEYS: readonly string[] = [
  "webhooks",
  "routes",
  "service.dedupe_ttl",
  "service.max_outstanding_polls",
  "plugins.*.circuit_breaker",
  "plugins.*.retry",
  "plugins.*.dedupe_ttl",
  "plugins.*.max_outstanding_polls",
  "plugins.*.schedule.preferred_window",
];

const variableName = z.string().check(
  z.regex(new RegExp(`^${VARIABLE_NAME}$`), "not a valid environment variable name"),
);

const DURATION_HINT = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";

/** A duration such as `1h30m`, parsed to milliseconds. */
function duration(limits: { min?: string; max?: string } = {}) {
  const { min = "0s", max = "520w" } = limits;
  const minMs = parseDuration(min) ?? 0;
  const maxMs = parseDuration(max) ?? Infinity;
  const text = z.string({
    error: ({ input }) =>
      `${input === undefined ? "required, but missing" : "expected a duration"}; ${DURATION_HINT}`,
  });
  const toMs = z.transform((input: string, context) => {
    const refuse = (message: string) => context.issues.push({ code: "custom", message, input });
    const ms = parseDuration(input);
    if (ms === undefined) {
      refuse(`not a duration; ${DURATION_HINT}`);
      return z.NEVER;
    }
    if (ms < minMs) refuse(`must be at least ${min}`);
    if (ms > maxMs) refuse(`must be at most ${max}`);
    return ms;
  });
  return z.pipe(text, toMs);
}

const text = () => z.string().check(z.minLength(1));

/** A path in the file system. Deno throws if a path contains a NUL. */
const path = text().check(
  z.refine((path) => !path.includes("\0"), "must not contain a NUL character"),
);

/** `service` of `config.yaml`: the gateway itself. Times in milliseconds. */
export const serviceSchema = z.pipe(
  z.strictObject({
    name: z._default(text(), "senechal-gw")
      .check(z.describe("Name of this gateway in its log")),
    tick_interval: z.prefault(duration({ min: "100ms", max: "1d" }), "60s")
      .check(z.describe("How often the scheduler checks for due plugins, 100ms to 1d")),
    log_level: z._default(z.enum(LOG_LEVELS), "info")
      .check(z.describe("Lowest level to log: debug, info, warn or error")),
    log_format: z._default(z.enum(LOG_FORMATS), "json")
      .check(z.describe("json for programs, or text for people at a terminal")),
    job_log_retention: z.prefault(duration({ min: "1m" }), "30d")
      .check(z.describe("How long to keep finished jobs and their log rows")),
    shutdown_grace: z.prefault(duration(), "30s")
      .check(z.describe("How long a running plugin may continue after a request to stop")),
  }),
  z.transform((said) => ({
    name: said.name,
    tickIntervalMs: said.tick_interval,
    logLevel: said.log_level,
    logFormat: said.log_format,
    jobLogRetentionMs: said.job_log_retention,
    shutdownGraceMs: said.shutdown_grace,
  })),
);

const schedule = z.pipe(
  z.strictObject({
    every: duration({ min: "100ms" }).check(z.describe("Time between two runs")),
    jitter: z.prefault(duration(), "0s")
      .check(z.describe("Width of the random spread around every; must not exceed it")),
  }).check(z.refine(
    ({ every, jitter }) => jitter <= every,
    { path: ["jitter"], error: "must not exceed schedule.every" },
  )),
  z.transform(({ every, jitter }) => ({ everyMs: every, jitterMs: jitter })),
);

/** What `config.yaml` says about one plugin. Times in milliseconds. */
export const pluginSchema = z.pipe(
  z.strictObject({
    enabled: z._default(z.boolean(), true).check(z.describe("Whether the plugin runs")),
    schedule: z.optional(schedule)
      .check(z.describe("When the plugin runs; required if it is enabled")),
    config: z._default(z.record(z.string(), z.unknown()), {})
      .check(z.describe("Passed to the plugin as it is; never logged")),
    timeouts: z.prefault(
      z.strictObject({
        poll: z.prefault(duration({ min: "100ms", max: "7d" }), "60s")
          .check(z.describe("How long one run may take")),
      }),
      {},
    ),
    max_attempts: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 4)
      .check(z.describe("Maximum number of attempts for a job that crashes interrupt")),
    env: z._default(z.array(variableName), [])
      .check(z.describe("Names of environment variables to pass through to the plugin")),
  }).check(z.refine(
    (entry) => !entry.enabled || entry.schedule !== undefined,
    { path: ["schedule"], error: "required if the plugin is enabled: add schedule.every" },
  )),
  z.transform(({ timeouts, max_attempts, ...same }) => ({
    ...same,
    timeoutsMs: timeouts,
    maxAttempts: max_attempts,
  })),
);

const pluginName = z.string().check(z.regex(PLUGIN_NAME, NOT_A_PLUGIN_NAME));

/** The whole `config.yaml`, with every default, and with paths as written. */
export const configSchema = z.pipe(
  z.strictObject({
    service: z.prefault(serviceSchema, {}).check(z.describe("The gateway itself")),
    state: z.prefault(
      z.strictObject({
        path: z._default(path, "./data/state.db")
          .check(z.describe("The SQLite database, relative to this file's folder")),
      }),
      {},
    ).check(z.describe("Where the gateway keeps its data")),
    plugins_dir: z._default(path, "./plugins")
      .check(z.describe("The folder of plugin folders, relative to this file's folder")),
    plugins: z.record(pluginName, pluginSchema)
      .check(z.describe("One entry for each plugin to run")),
  }),
  z.transform(({ service, state, plugins_dir, plugins }) => ({
    service,
    statePath: state.path,
    pluginsDir: plugins_dir,
    plugins,
  })),
);
