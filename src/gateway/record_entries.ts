import { VERSION } from "../base/version.ts";
import type { Log } from "../log/log.ts";
import { describeReasons } from "../plugin/refusal.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { EntryRow } from "../store/entries.ts";
import type { Told } from "../store/heartbeats.ts";
import type { Store } from "../store/store.ts";

/** Stores what runs, so that commands need neither the config nor the plugin folders to tell. */
export async function recordEntries(
  store: Store,
  setup: Setup,
  now: number,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const bytes = new TextEncoder().encode(setup.config.text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const rows = describeEntries(setup);
  await retryStorage("record entries", () => store.entries.replace(rows, digest, now), log, stop);
}

/** What counts for the jobs of a plugin besides its schedule. Times in milliseconds. */
function settingsOf(
  { entrypoint, timeoutsMs, maxAttempts, retry, circuitBreaker, pool, ...rest }: PluginSpec,
) {
  const { env, commands, secretState } = rest;
  return {
    ...{ entrypoint, timeoutsMs, maxAttempts, retry, circuitBreaker, pool },
    ...{ env, commands, secretState },
  };
}

/** What counts for all entries, as JSON, for those who only read. Times in milliseconds. */
export function describeService({ config: { path, service, lanes } }: Setup): string {
  const { name, tickIntervalMs, maxRunning, shutdownGraceMs, jobLogRetentionMs } = service;
  const pools = Object.fromEntries(lanes.pools);
  return JSON.stringify({
    ...{ version: VERSION, config: path, name, tickIntervalMs, maxRunning, pools },
    ...{ shutdownGraceMs, jobLogRetentionMs },
  });
}

/** Makes the function that says what a heartbeat tells besides its time. */
export function createTell(setup: Setup, droppedLines: () => number): () => Told {
  const settings = describeService(setup);
  return () => ({ settings, droppedLines: droppedLines() });
}

/** One row for each entry of the config. */
export function describeEntries({ config, plugins, refused }: Setup): readonly EntryRow[] {
  return [
    ...[...plugins.values()].map((plugin) => ({
      name: plugin.name,
      status: "enabled",
      folder: plugin.folder,
      schedule: JSON.stringify(plugin.schedule),
      settings: JSON.stringify(settingsOf(plugin)),
    } as const)),
    ...config.disabled.map((name) => ({ name, status: "disabled" } as const)),
    ...refused.map((one) => ({
      name: one.plugin,
      status: "refused",
      refusal: one.refusals[0]?.code,
      error: describeReasons(one),
    } as const)),
  ];
}
