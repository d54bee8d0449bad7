import { basename, dirname, join, resolve } from "node:path";
import type { JsonObject } from "../base/json.ts";
import { defaultEntry } from "../config/config.ts";
import { decideEnding } from "../plugin/ending.ts";
import { pluginEnvironment } from "../plugin/environment.ts";
import { type LoadedManifest, loadManifest } from "../plugin/manifest.ts";
import { describeRefused } from "../plugin/refusal.ts";
import { type Run, runPlugin } from "../plugin/run.ts";
import { type Discovered, discoverPlugins, type PluginSpec } from "../plugin/setup.ts";
import { findSetsid, type ProcessLimits } from "../process/process.ts";
import { type Trial, trialInput, type TrialName, trialRequest } from "./trial.ts";

/** What to check, and with which limits. */
export interface SubjectOptions {
  /** The plugin's folder. */
  readonly folder: string;
  /** The plugin's `config`. */
  readonly config: JsonObject;
  /** The environment that a gateway would run in. */
  readonly env: Readonly<Record<string, string>>;
  /** The entry's `env`: names of variables to pass through. */
  readonly names?: readonly string[] | undefined;
  /** How long one run may take, in milliseconds. */
  readonly timeoutMs: number;
  /** When aborted, ends the running plugin as its deadline would. */
  readonly interrupt: AbortSignal;
  /** Limits that only tests change. */
  readonly limits?: Partial<ProcessLimits> | undefined;
}

/** A run that differs from the usual one. */
export interface SpecialRun {
  /** What to run in place of the plugin's entrypoint. */
  readonly entrypoint: string;
  readonly input: Uint8Array;
  /** When aborted, ends the run as its deadline would. */
  readonly interrupt: AbortSignal;
}

/** A plugin folder under check, loaded and run by the gateway's own code. */
export interface Subject {
  readonly options: SubjectOptions;
  /** Absolute path of `manifest.yaml`. */
  readonly manifestPath: string;
  manifest(): LoadedManifest;
  discovered(): Discovered;
  /** What the gateway would spawn. Only for a plugin that discovery accepts. */
  plugin(): PluginSpec;
  /** The plugin's PATH. */
  searchPath(): string;
  /** Runs the plugin differently from a trial. */
  run(special: SpecialRun): Promise<Run>;
  /** A run, made on the first call and then remembered. */
  trial(name: TrialName): Promise<Trial>;
}

/** Makes a subject, which reads and runs nothing before it is asked to. */
export function createSubject(options: SubjectOptions): Subject {
  const folder = resolve(options.folder);
  const manifestPath = join(folder, "manifest.yaml");
  const manifest = once(() => loadManifest(manifestPath));
  const discovered = once(() => discover(folder, options));
  const plugin = once(() => accepted(discovered()));
  const searchPath = () =>
    pluginEnvironment(options.env, plugin(), { jobId: "", dueAt: 0 }).PATH ?? "";
  const trials = new Map<TrialName, Promise<Trial>>();

  async function run({ entrypoint, input, interrupt }: SpecialRun): Promise<Run> {
    const jobId = crypto.randomUUID();
    return await runAs({ ...plugin(), entrypoint }, jobId, input, { ...options, interrupt });
  }

  async function runTrial(name: TrialName): Promise<Trial> {
    const first = name === "first" ? undefined : await trial("first");
    const request = trialRequest(name, plugin(), first, Date.now());
    const input = trialInput(name, request);
    const ran = await runAs(plugin(), request.jobId, input, options);
    return { request, run: ran, ending: decideEnding(ran) };
  }

  function trial(name: TrialName): Promise<Trial> {
    const running = trials.get(name) ?? runTrial(name);
    trials.set(name, running);
    return running;
  }

  return { options, manifestPath, manifest, discovered, plugin, searchPath, run, trial };
}

function accepted({ plugins, refused }: Discovered): PluginSpec {
  const [plugin] = plugins.values();
  if (plugin === undefined) throw new Error(refused.map(describeRefused).join());
  return plugin;
}

async function runAs(
  plugin: PluginSpec,
  jobId: string,
  bytes: Uint8Array,
  around: Pick<SubjectOptions, "env" | "interrupt" | "limits">,
): Promise<Run> {
  const input = { jobId, dueAt: Date.now(), bytes, timeoutMs: plugin.timeoutsMs.poll };
  return await runPlugin(plugin, input, { ...around, setsid: findSetsid() });
}

/** Runs discovery on the folder as the gateway would, with the given config in its entry. */
function discover(folder: string, { config, names, timeoutMs }: SubjectOptions): Discovered {
  const entry = defaultEntry(basename(folder));
  return discoverPlugins(dirname(folder), [
    { ...entry, config, env: [...names ?? entry.env], timeoutsMs: { poll: timeoutMs } },
  ]);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
