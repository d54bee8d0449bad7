import type { Pause } from "../core/pause.ts";
import { findDamage } from "../sqlite/integrity.ts";
import { readDatabase } from "../sqlite/reader.ts";
import { readRow } from "../sqlite/row.ts";
import { STATE_FORMAT } from "../store/format.ts";
import { readPauses } from "./owner.ts";
import { createReader, type Reader } from "./reader.ts";
import { readStatus, type Status } from "./status.ts";

/** What the tables say of the installation, besides its status. Times in milliseconds since the epoch. */
export interface Installation {
  /** The boot after which the gateway started, and when that was; `undefined` if it could not tell. */
  readonly boot: { readonly id: string; readonly at: number } | undefined;
  /** The latest end of an attempt. */
  readonly lastEndAt: number | undefined;
  /** The jobs that are marked as running; NaN for a start that cannot be read. */
  readonly running: readonly {
    readonly id: string;
    readonly plugin: string;
    readonly startedAt: number;
  }[];
  readonly pauses: readonly Pause[];
  /** The names in `plugin_state`. */
  readonly states: readonly string[];
}

/** A whole database, or what is wrong with it. */
export interface Examined {
  /** What a quick check of every page says; `undefined` if it found nothing. */
  readonly damage: string | undefined;
  readonly tables: Status & Installation;
}

/**
 * Checks the state database at `path` and reads what `doctor` asks for.
 *
 * @throws {DatabaseUnusable} when it cannot be read; the message says what to do.
 */
export function examineState(path: string, now: number): Examined {
  return readDatabase(path, STATE_FORMAT, (db) => {
    const reader = createReader(db);
    const damage = findDamage(db, "quick");
    return { damage, tables: { ...readStatus(reader, now), ...readInstallation(reader) } };
  });
}

/** Reads what only `doctor` asks for. */
export function readInstallation(reader: Reader): Installation {
  const [beat] = reader.rows("SELECT boot_id, booted_at FROM heartbeat WHERE id = 1");
  const [last] = reader.rows(
    "SELECT completed_at FROM job_log ORDER BY completed_at DESC LIMIT 1",
  );
  const running = reader.rows(
    "SELECT id, plugin, started_at FROM job_queue WHERE status = 'running' ORDER BY plugin",
  );
  const pauses = readPauses(reader);
  const states = reader.rows("SELECT plugin_name FROM plugin_state ORDER BY plugin_name");
  return {
    boot: typeof beat?.boot_id === "string"
      ? { id: beat.boot_id, at: readRow("heartbeat", beat).time("booted_at") ?? NaN }
      : undefined,
    lastEndAt: last && readRow("job_log", last).time("completed_at"),
    running: running.map((row) => {
      const { text, time } = readRow("job_queue", row);
      return { id: text("id"), plugin: text("plugin"), startedAt: time("started_at") ?? NaN };
    }),
    pauses: [...pauses.values()],
    states: states.map(({ plugin_name }) => String(plugin_name)),
  };
}
