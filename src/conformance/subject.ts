import { basename, dirname, join, resolve } from "node:path";
import type { JsonObject } from "../base/json.ts";
import { defaultEntry } from "../config/config.ts";
import { pluginEnvironment } from "../plugin/environment.ts";
import { type LoadedManifest, loadManifest } from "../plugin/manifest.ts";
import { describeRefused } from "../plugin/refusal.ts";
import { type Discovered, discoverPlugins, type PluginSpec } from "../plugin/setup.ts";
import { type ProcessLimits, type ProcessResult, runProcess } from "../process/process.ts";
import { type Trial, trialInput, type TrialName, trialRequest } from "./trial.ts";

/** What to check, and within which limits. */
export interface SubjectOptions {
  /** The plugin's folder. */
  readonly folder: string;
  /** The plugin's `config`. */
  readonly config: JsonObject;
  /** The environment that a gateway would run in. */
  readonly env: Readonly<Record<string, string>>;
  /** How long one run may take. */
  readonly timeoutMs: number;
  /** Ends the running plugin when aborted. */
  readonly interrupt: AbortSignal;
  /** The limits that only tests change. */
  readonly limits?: Partial<ProcessLimits>;
}

/** What to spawn in place of the plugin's entrypoint, and what to feed it. */
export interface Spawn {
  readonly entrypoint: string;
  readonly jobId: string;
  readonly input: Uint8Array;
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
  /** The environment of one run. */
  environment(jobId: string): Record<string, string>;
  spawn(spawn: Spawn): Promise<ProcessResult>;
  /** A run, which takes place when it is first asked for and is then remembered. */
  trial(name: TrialName): Promise<Trial>;
}

/** Makes a subject; nothing is read or run before it is asked for. */
export function createSubject(options: SubjectOptions): Subject {
  const folder = resolve(options.folder);
  const manifestPath = join(folder, "manifest.yaml");
  const manifest = once(() => loadManifest(manifestPath));
  const discovered = once(() => discover(folder, options));
  const plugin = once(() => accepted(discovered()));
  const environment = (jobId: string) => pluginEnvironment(options.env, plugin(), jobId);
  const spawn = (what: Spawn) => spawnPlugin(what, plugin(), environment(what.jobId), options);
  const trials = new Map<TrialName, Promise<Trial>>();

  async function run(name: TrialName): Promise<Trial> {
    const first = name === "first" ? undefined : await trial("first");
    const request = trialRequest(name, plugin(), first, Date.now());
    const input = trialInput(name, request);
    const { jobId } = request;
    const { entrypoint } = plugin();
    const startedMs = performance.now();
    const result = await spawn({ entrypoint, jobId, input, interrupt: options.interrupt });
    return { request, result, durationMs: performance.now() - startedMs };
  }

  function trial(name: TrialName): Promise<Trial> {
    const running = trials.get(name) ?? run(name);
    trials.set(name, running);
    return running;
  }

  return { options, manifestPath, manifest, discovered, plugin, environment, spawn, trial };
}

function accepted({ plugins, refused }: Discovered): PluginSpec {
  const [plugin] = plugins.values();
  if (plugin === undefined) throw new Error(refused.map(describeRefused).join());
  return plugin;
}

async function spawnPlugin(
  { entrypoint, input, interrupt }: Spawn,
  plugin: PluginSpec,
  env: Readonly<Record<string, string>>,
  { timeoutMs, limits }: SubjectOptions,
): Promise<ProcessResult> {
  return await runProcess({
    entrypoint,
    cwd: plugin.folder,
    env,
    input,
    timeoutMs,
    interrupt,
    onSpawn: () => {},
    ...(limits && { limits }),
  });
}

/** Looks at the folder as the gateway would with an entry for this plugin and the given config. */
function discover(folder: string, { config, timeoutMs }: SubjectOptions): Discovered {
  const entry = defaultEntry(basename(folder), timeoutMs);
  return discoverPlugins(dirname(folder), [{ ...entry, config, timeoutsMs: { poll: timeoutMs } }]);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
