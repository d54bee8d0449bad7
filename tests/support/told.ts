import { asIs } from "../../src/base/redact.ts";
import { describeEntries, describeService } from "../../src/gateway/record_entries.ts";
import type { PluginSpec, Setup } from "../../src/plugin/setup.ts";
import type { Store } from "../../src/store/store.ts";
import { configOf } from "./setup.ts";

/** A setup as a gateway has loaded it. */
export function loadedSetup(
  specs: readonly PluginSpec[],
  changes: Parameters<typeof configOf>[1] = {},
  refused: Setup["refused"] = [],
): Setup {
  return {
    config: configOf(specs, changes),
    redact: asIs,
    plugins: new Map(specs.map((spec) => [spec.name, spec])),
    refused,
    warnings: [],
    unlisted: [],
  };
}

/** Stores what a gateway tells of itself: its entries, and a heartbeat at a tick. */
export function tellOf(
  store: Store,
  setup: Setup,
  { startedAt, tickAt, digest = "digest" }: {
    readonly startedAt: number;
    readonly tickAt: number;
    readonly digest?: string;
  },
): void {
  store.entries.replace(describeEntries(setup), digest, startedAt);
  store.heartbeats.beat({ pid: 4711, boot: undefined, startedAt, tickAt }, {
    settings: describeService(setup),
    droppedLines: 0,
  });
}
