import { isoTime } from "../base/iso_time.ts";
import type { Reader } from "./reader.ts";

/** How the attempts of an entry ended lately. Durations in milliseconds; `undefined` without any. */
export interface Lately {
  readonly attempts: number;
  /** How many attempts ended with each status, the most frequent first. */
  readonly byStatus: readonly (readonly [status: string, count: number])[];
  readonly medianMs: number | undefined;
  /** Of 20 attempts, 19 were at most as long. */
  readonly p95Ms: number | undefined;
  /** Whether only the latest {@link MOST_ATTEMPTS} are counted. */
  readonly isCapped: boolean;
}

/** How many attempts are counted at most. */
export const MOST_ATTEMPTS = 10_000;

/** The attempts of an entry that ended at `since` or later. */
export function readLately(reader: Reader, entry: string, since: number): Lately {
  const rows = reader.rows(
    `SELECT status, duration_ms FROM (
       SELECT status, duration_ms, completed_at FROM job_log
       WHERE plugin = ? ORDER BY id DESC LIMIT ${MOST_ATTEMPTS})
     WHERE completed_at >= ?`,
    entry,
    isoTime(since),
  );
  const counts = new Map<string, number>();
  for (const { status } of rows) {
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
  }
  const durations = rows.map(({ duration_ms }) => Number(duration_ms)).sort((a, b) => a - b);
  return {
    attempts: rows.length,
    byStatus: [...counts].sort(([, a], [, b]) => b - a),
    medianMs: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    isCapped: rows.length === MOST_ATTEMPTS,
  };
}

/** The smallest value that at least a share `part` of the sorted values does not exceed (nearest rank). */
export function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)];
}
