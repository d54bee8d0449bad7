import * as z from "zod/mini";
import { parseDuration } from "../base/duration.ts";
import { DEFAULT_STATE_PATH } from "../core/lock_name.ts";
import { NOT_A_PLUGIN_NAME, PLUGIN_NAME } from "../core/name.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log/level.ts";
import { VARIABLE_NAME } from "./reference.ts";

/** Keys of later versions, reported as such, not as unknown. `*` stands for a plugin's name. */
export const LATER_KEYS: readonly string[] = [
  "webhooks",
  "routes",
  "service.dedupe_ttl",
  "service.max_outstanding_polls",
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
    log_format: z.optional(z.enum(LOG_FORMATS))
      .check(
        z.describe(
          "json for programs, text for people; if left out, text on a terminal, else json",
        ),
      ),
    job_log_retention: z.prefault(duration({ min: "1m" }), "30d")
      .check(z.describe("How long to keep finished jobs and their log rows")),
    max_running: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 4)
      .check(z.describe("How many jobs may run at once; of one plugin always one")),
    shutdown_grace: z.prefault(duration(), "30s")
      .check(z.describe("How long a running plugin may continue after a request to stop")),
  }),
  z.transform((said) => ({
    name: said.name,
    tickIntervalMs: said.tick_interval,
    logLevel: said.log_level,
    logFormat: said.log_format,
    jobLogRetentionMs: said.job_log_retention,
    maxRunning: said.max_running,
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

/** A part of an entry that is off unless it is given, even as `{}`, and off again with `false`. */
function optionalPart<T extends z.ZodMiniType>(part: T, what = "a map of keys") {
  return z.optional(z.union([z.literal(false), part], { error: `expected ${what}, or false` }));
}

const retry = optionalPart(
  z.strictObject({
    backoff_base: z.prefault(duration({ min: "100ms", max: "1d" }), "30s")
      .check(z.describe("The wait after the first failed attempt; it doubles with each one")),
    backoff_max: z.prefault(duration({ min: "100ms", max: "30d" }), "1h")
      .check(z.describe("The longest wait; at most schedule.every in any case")),
  }),
);

const circuitBreaker = optionalPart(
  z.strictObject({
    threshold: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 3)
      .check(z.describe("Failures in a row after which polls stop")),
    reset_after: z.prefault(duration({ min: "1s", max: "52w" }), "30m")
      .check(z.describe("How long polls stop before one tries again")),
  }),
);

/** The keys that an entry may leave to `defaults`. */
const inherited = {
  timeouts: z.prefault(
    z.strictObject({
      poll: z.prefault(duration({ min: "100ms", max: "7d" }), "60s")
        .check(z.describe("How long one run may take")),
    }),
    {},
  ),
  max_attempts: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 4)
    .check(z.describe("Maximum number of attempts for a job, interrupted ones included")),
  retry: retry.check(z.describe("Retries failed jobs with a growing wait; {} turns it on")),
  circuit_breaker: circuitBreaker
    .check(z.describe("Stops polls after failures in a row; {} turns it on")),
  pool: optionalPart(text(), "the name of a pool")
    .check(z.describe("The pool whose places its jobs share; false for none")),
  env: z._default(z.array(variableName), [])
    .check(z.describe("Names of environment variables to pass through to the plugin")),
};

/** What `config.yaml` says about one plugin. Times in milliseconds. */
export const pluginSchema = z.pipe(
  z.strictObject({
    enabled: z._default(z.boolean(), true).check(z.describe("Whether the plugin runs")),
    schedule: z.optional(schedule)
      .check(z.describe("When the plugin runs; required if it is enabled")),
    config: z._default(z.record(z.string(), z.unknown()), {})
      .check(z.describe("Passed to the plugin as it is; never logged")),
    ...inherited,
  }).check(z.refine(
    (entry) => !entry.enabled || entry.schedule !== undefined,
    { path: ["schedule"], error: "required if the plugin is enabled: add schedule.every" },
  )),
  z.transform(({ timeouts, max_attempts, retry, circuit_breaker, pool, ...same }) => ({
    ...same,
    timeoutsMs: timeouts,
    maxAttempts: max_attempts,
    ...(retry && {
      retry: { backoffBaseMs: retry.backoff_base, backoffMaxMs: retry.backoff_max },
    }),
    ...(circuit_breaker && {
      circuitBreaker: {
        threshold: circuit_breaker.threshold,
        resetAfterMs: circuit_breaker.reset_after,
      },
    }),
    ...(pool && { pool }),
  })),
);

/** `state` of `config.yaml`. */
export const stateSchema = z.prefault(
  z.strictObject({
    path: z._default(path, DEFAULT_STATE_PATH)
      .check(z.describe("The SQLite database, relative to this file's folder")),
  }),
  {},
);

/** `plugins_dir` of `config.yaml`. */
export const pluginsDirSchema = z._default(path, "./plugins")
  .check(z.describe("The folder of plugin folders, relative to this file's folder"));

const pluginName = z.string().check(z.regex(PLUGIN_NAME, NOT_A_PLUGIN_NAME));

/** The whole `config.yaml`, with every default, and with paths as written. */
export const configSchema = z.pipe(
  z.strictObject({
    service: z.prefault(serviceSchema, {}).check(z.describe("The gateway itself")),
    state: stateSchema.check(z.describe("Where the gateway keeps its data")),
    plugins_dir: pluginsDirSchema,
    pools: z._default(
      z.record(text(), z.int().check(z.minimum(1), z.maximum(1000))),
      {},
    ).check(z.describe("Pools by name: how many jobs of their entries may run at once")),
    defaults: z.prefault(z.strictObject(inherited), {})
      .check(
        z.describe("Keys from timeouts to env, for every entry that does not set them"),
      ),
    plugins: z.record(pluginName, pluginSchema)
      .check(z.describe("One entry for each plugin to run")),
  }),
  z.transform(({ service, state, plugins_dir, pools, defaults, plugins }) => ({
    service,
    pools,
    defaults,
    statePath: state.path,
    pluginsDir: plugins_dir,
    plugins,
  })),
);
