import type { Log } from "../log/log.ts";
import { describeReasons } from "../plugin/refusal.ts";
import type { Setup } from "../plugin/setup.ts";
import { retryStorage } from "../sqlite/storage_retry.ts";
import type { EntryRow } from "../store/entries.ts";
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

/** One row for each entry of the config. */
export function describeEntries({ config, plugins, refused }: Setup): readonly EntryRow[] {
  return [
    ...[...plugins.values()].map(({ name, folder, schedule }) => (
      { name, status: "enabled", folder, schedule: JSON.stringify(schedule) } as const
    )),
    ...config.disabled.map((name) => ({ name, status: "disabled" } as const)),
    ...refused.map((one) => ({
      name: one.plugin,
      status: "refused",
      refusal: one.refusals[0]?.code,
      error: describeReasons(one),
    } as const)),
  ];
}
