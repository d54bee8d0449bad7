import type { DatabaseSync } from "node:sqlite";

/** When a plugin ran last and runs next, with the interval that was drawn from. */
export interface ScheduleEntry {
  readonly plugin: string;
  readonly nextRunAt: number;
  readonly lastRunAt: number;
  readonly everyMs: number;
  readonly jitterMs: number;
}

/** The persisted draw of each plugin's next run. */
export type ScheduleStore = ReturnType<typeof createScheduleStore>;

/** Prepares the statements of the `schedule` table. */
export function createScheduleStore(db: DatabaseSync) {
  const selectAll = db.prepare(
    "SELECT plugin, next_run_at, last_run_at, every_ms, jitter_ms FROM schedule",
  );
  const upsert = db.prepare(`
    INSERT INTO schedule (plugin, next_run_at, last_run_at, every_ms, jitter_ms)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (plugin) DO UPDATE SET next_run_at = excluded.next_run_at,
      last_run_at = excluded.last_run_at, every_ms = excluded.every_ms, jitter_ms = excluded.jitter_ms
  `);

  /** Every stored entry, by plugin name. */
  function readAll(): Map<string, ScheduleEntry> {
    return new Map(
      selectAll.all().map((row) => [String(row.plugin), {
        plugin: String(row.plugin),
        nextRunAt: Date.parse(String(row.next_run_at)),
        lastRunAt: Date.parse(String(row.last_run_at)),
        everyMs: Number(row.every_ms),
        jitterMs: Number(row.jitter_ms),
      }]),
    );
  }

  /** Stores one plugin's entry in place of its former one. */
  function write(entry: ScheduleEntry): void {
    upsert.run(
      entry.plugin,
      new Date(entry.nextRunAt).toISOString(),
      new Date(entry.lastRunAt).toISOString(),
      entry.everyMs,
      entry.jitterMs,
    );
  }

  return { readAll, write };
}
