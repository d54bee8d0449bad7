import type { DatabaseSync } from "node:sqlite";
import { JOB_COLUMNS, toJob } from "../store/job_row.ts";
import { States } from "../store/states.ts";
import type { LogFacts } from "./log.ts";
import type { Find } from "./promise.ts";
import { rowsOf } from "./rows.ts";

/** Checks that no job can get the number of an earlier one. */
export function checkNumbers(db: DatabaseSync, find: Find): void {
  const sql = `SELECT max(seq) AS last,
      (SELECT seq FROM sqlite_sequence WHERE name = 'job_queue') AS given FROM job_queue`;
  for (const { last, given } of rowsOf(db, sql)) {
    if (last === null || Number(given ?? 0) >= Number(last)) continue;
    const what = `seq is ${given ?? "missing"}; expected at least ${last}`;
    find("queue.numbers", "sqlite_sequence", "name job_queue", what);
  }
}

/** A queued job has not been started yet. */
const EVER = "1970-01-01T00:00:00.000Z";

/** Checks that each live job can be read, as the gateway reads it. */
export function checkReadable(db: DatabaseSync, find: Find): void {
  const sql = `SELECT ${JOB_COLUMNS} FROM job_queue WHERE status IN ('queued', 'running')`;
  for (const row of rowsOf(db, sql)) {
    const { seq, id, unreadable } = toJob({ ...row, started_at: row.started_at ?? EVER });
    if (unreadable === undefined) continue;
    find("queue.readable", "job_queue", `seq ${seq}, id ${id}`, unreadable);
  }
}

/** Checks that each entry runs one job at most, which started after its last attempt ended. */
export function checkRunning(db: DatabaseSync, { last, setBackAt }: LogFacts, find: Find): void {
  const running = new Map<string, string>();
  const sql = "SELECT seq, id, plugin, started_at FROM job_queue WHERE status = 'running'";
  for (const row of rowsOf(db, sql)) {
    const plugin = String(row.plugin);
    const key = `seq ${row.seq}, id ${row.id}`;
    const other = running.get(plugin);
    if (other !== undefined) {
      find("queue.running", "job_queue", key, `it runs beside ${other}, also of ${plugin}`);
    }
    running.set(plugin, key);
    const before = last.get(plugin);
    const startedAt = String(row.started_at);
    if (before === undefined || startedAt >= before.completedAt) continue;
    const promise = setBackAt > before.id || startedAt < before.startedAt
      ? "clock.order"
      : "log.overlap";
    const what =
      `started at ${startedAt}, before job_log id ${before.id} ended at ${before.completedAt}`;
    find(promise, "job_queue", key, what);
  }
}

/** Checks that `queue_head` has what the triggers keep there. */
export function checkHeads(db: DatabaseSync, find: Find): void {
  const sql = `
    WITH ready AS (SELECT plugin, min(seq) AS seq FROM job_queue
      WHERE status = 'queued' AND not_before IS NULL GROUP BY plugin)
    SELECT plugin, ready.seq AS expected, head.seq AS seq
    FROM ready FULL JOIN queue_head AS head USING (plugin)
    WHERE ready.seq IS NOT head.seq`;
  for (const { plugin, expected, seq } of rowsOf(db, sql)) {
    const what = seq === null
      ? `there is no such row; expected seq ${expected}`
      : `seq is ${seq}; expected ${expected ?? "no row: no job of it is ready"}`;
    find("queue.heads", "queue_head", `plugin ${plugin}`, what);
  }
}

/** Checks that the gateway can read the state of each plugin. */
export function checkStates(db: DatabaseSync, find: Find): void {
  const states = new States(db);
  for (const name of states.names()) {
    const stored = states.read(name);
    if (!stored.ok) find("state.object", "plugin_state", `plugin_name ${name}`, stored.error);
  }
}
