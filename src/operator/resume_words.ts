import { ALL_ENTRIES } from "../core/pause.ts";
import type { EntryStatus } from "../reader/status.ts";

/** The commands that end what holds an entry back: under a pause of all, it cannot be resumed alone. */
export function describeResume({ entry, pauses }: Pick<EntryStatus, "entry" | "pauses">): string {
  return pauses.map(({ plugin }) =>
    `senechal-gw resume ${plugin === ALL_ENTRIES ? "--all" : entry.name}`
  ).join(" and ");
}
