import { z } from "zod";
import { parseDuration } from "../base/duration.ts";
import { NOT_A_PLUGIN_NAME, PLUGIN_NAME } from "../core/name.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log/level.ts";
import { VARIABLE_NAME } from "./interpolate.ts";

/** Keys of later versions, which deserve a better answer than "unknown". `*` is a plugin's name. */
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

const WHOLE_NAME = new RegExp(`^${VARIABLE_NAME}$`);

const DURATION_HINT = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";

/** A duration as people write it; milliseconds once parsed. */
function duration(limits: { min?: string; max?: string } = {}) {
  const { min = "0s", max = "520w" } = limits;
  const minMs = parseDuration(min) ?? 0;
  const maxMs = parseDuration(max) ?? Infinity;
  return z.string({
    error: ({ input }) =>
      `${input === undefined ? "required, but missing" : "expected a duration"}; ${DURATION_HINT}`,
  }).transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      context.addIssue({ code: "custom", message: `not a duration; ${DURATION_HINT}` });
      return z.NEVER;
    }
    if (ms < minMs) context.addIssue({ code: "custom", message: `must be at least ${min}` });
    if (ms > maxMs) context.addIssue({ code: "custom", message: `may be at most ${max}` });
    return ms;
  });
}

/** A path in the file system; Deno throws at one with a NUL. */
const path = z.string().min(1).refine(
  (text) => !text.includes("\0"),
  "may not contain a NUL character",
);

/** `service` of `config.yaml`: the gateway itself. Times in milliseconds. */
export const serviceSchema = z.strictObject({
  name: z.string().min(1).default("senechal-gw")
    .describe("Name of this gateway, as its log shows it"),
  tick_interval: duration({ min: "100ms", max: "1d" }).prefault("60s")
    .describe("How often the scheduler checks for due plugins, 100ms to 1d"),
  log_level: z.enum(LOG_LEVELS).default("info")
    .describe("The least severe level that is logged: debug, info, warn or error"),
  log_format: z.enum(LOG_FORMATS).default("json")
    .describe("json for programs, or text for people at a terminal"),
  job_log_retention: duration({ min: "1m" }).prefault("30d")
    .describe("How long finished jobs and their log rows are kept"),
  shutdown_grace: duration().prefault("30s")
    .describe("How long a running plugin may go on once the gateway is asked to stop"),
}).transform((said) => ({
  name: said.name,
  tickIntervalMs: said.tick_interval,
  logLevel: said.log_level,
  logFormat: said.log_format,
  jobLogRetentionMs: said.job_log_retention,
  shutdownGraceMs: said.shutdown_grace,
}));

const schedule = z.strictObject({
  every: duration({ min: "100ms" }).describe("Time between two runs"),
  jitter: duration().prefault("0s")
    .describe("Width of the random spread around every; may not exceed it"),
}).refine(
  ({ every, jitter }) => jitter <= every,
  { path: ["jitter"], error: "may not exceed schedule.every" },
).transform(({ every, jitter }) => ({ everyMs: every, jitterMs: jitter }));

/** What `config.yaml` says of one plugin. Times in milliseconds. */
export const pluginSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether the plugin is run at all"),
  schedule: schedule.optional().describe("When the plugin runs; required if it is enabled"),
  config: z.record(z.string(), z.unknown()).default({})
    .describe("Handed to the plugin as it stands; never logged"),
  timeouts: z.strictObject({
    poll: duration({ min: "100ms", max: "7d" }).prefault("60s")
      .describe("How long one run may take"),
  }).prefault({}),
  max_attempts: z.int().min(1).max(1000).default(4)
    .describe("Maximum number of attempts for a job that crashes interrupt"),
  env: z.array(z.string().regex(WHOLE_NAME, "not a name of an environment variable")).default([])
    .describe("Names of environment variables to pass through to the plugin"),
}).refine(
  (entry) => !entry.enabled || entry.schedule !== undefined,
  { path: ["schedule"], error: "required if the plugin is enabled: add schedule.every" },
).transform(({ timeouts, max_attempts, ...same }) => ({
  ...same,
  timeoutsMs: timeouts,
  maxAttempts: max_attempts,
}));

const pluginName = z.string().regex(PLUGIN_NAME, NOT_A_PLUGIN_NAME);

/** The whole of `config.yaml`, with every default; its paths are as written. */
export const configSchema = z.strictObject({
  service: serviceSchema.prefault({}).describe("The gateway itself"),
  state: z.strictObject({
    path: path.default("./data/state.db")
      .describe("The SQLite database, relative to this file's folder"),
  }).prefault({}).describe("Where everything is kept"),
  plugins_dir: path.default("./plugins")
    .describe("The folder of plugin folders, relative to this file's folder"),
  plugins: z.record(pluginName, pluginSchema).describe("One entry for each plugin to run"),
}).transform(({ service, state, plugins_dir, plugins }) => ({
  service,
  statePath: state.path,
  pluginsDir: plugins_dir,
  plugins,
}));
