import type { PollFacts, Ticks } from "../core/forecast.ts";
import type { Lanes, LaneUser } from "../core/lanes.ts";
import { readRow } from "../sqlite/row.ts";
import type { GatewayFacts } from "./gateway.ts";
import { JOB_FACTS, type JobFacts, shortenIds, toJobFacts } from "./jobs.ts";
import { firstTickAt, ticksOf } from "./polls.ts";
import type { Reader } from "./reader.ts";
import { type EntryStatus, readStatus, type Status } from "./status.ts";

/** What decides why an entry does not run now. Times in milliseconds since the epoch. */
export interface WhyFacts extends Pick<Status, "gateway" | "life" | "digest"> {
  readonly name: string;
  /** `undefined` if the gateway did not find it in its config. */
  readonly one: EntryStatus | undefined;
  /** `undefined` if it is not polled, or if its schedule cannot be read. */
  readonly polls: PollFacts | undefined;
  readonly ticks: Ticks;
  readonly nextTickAt: number;
  /** Its job that runs; else the one that is ready; else the one whose wait ends first. */
  readonly job: JobFacts | undefined;
  /** The beginning of its id that no other job's id has. */
  readonly shortId: string | undefined;
  /** How many jobs of it are queued. */
  readonly queued: number;
  /** Of how many other entries a job comes before its own. */
  readonly ahead: number;
  /** The jobs of all entries that the gateway runs. */
  readonly running: readonly JobFacts[];
  readonly entries: ReadonlyMap<string, LaneUser>;
  readonly lanes: Lanes;
  /** When the last attempt of any entry ended. */
  readonly lastEndedAt: number | undefined;
}

/** Reads what decides why an entry does not run at `now`. */
export function readWhyFacts(reader: Reader, name: string, now: number): WhyFacts {
  const status = readStatus(reader, now);
  const { gateway, life, digest } = status;
  const one = status.entries.find(({ entry }) => entry.name === name);
  const running = reader.rows(RUNNING).map(toJobFacts);
  const own = running.find(({ plugin }) => plugin === name);
  const job = own ?? readFirst(reader, READY, name) ?? readFirst(reader, WAITING, name);
  const ticks = ticksOf(status, now);
  return {
    ...{ gateway, life, digest, name, one, job, ticks },
    polls: one?.polls,
    shortId: job && shortenIds(reader, [job.id]).get(job.id),
    nextTickAt: firstTickAt(ticks, status, now),
    queued: one?.queued ?? 0,
    ahead: job === undefined ? 0 : countAhead(reader, job),
    running: running.filter((job) => !isOrphan(job, gateway)),
    entries: new Map(status.entries.map(({ entry }) => [entry.name, laneUserOf(entry)])),
    lanes: lanesOf(gateway),
    lastEndedAt: readLastEnd(reader),
  };
}

/**
 * Whether a job that is marked as running has been left by a gateway before this one. If the clock was set
 * back after the start, the times tell nothing.
 */
export function isOrphan(
  { startedAt = NaN }: JobFacts,
  gateway: GatewayFacts | undefined,
): boolean {
  if (gateway === undefined || gateway.tickAt < gateway.startedAt) return false;
  return startedAt < gateway.startedAt;
}

const RUNNING = `SELECT ${JOB_FACTS} FROM job_queue AS job INDEXED BY job_queue_running
  WHERE status = 'running'`;

const READY = `SELECT ${JOB_FACTS} FROM queue_head AS head JOIN job_queue AS job
    ON job.seq = head.seq
  WHERE head.plugin = ?`;

const WAITING = `SELECT ${JOB_FACTS} FROM job_queue AS job INDEXED BY job_queue_waiting
  WHERE status = 'queued' AND not_before IS NOT NULL AND plugin = ?
  ORDER BY not_before LIMIT 1`;

const AHEAD = "SELECT count(*) AS n FROM queue_head WHERE seq < ? AND plugin <> ?";

const LAST_END = "SELECT max(completed_at) AS completed_at FROM job_log";

function readFirst(reader: Reader, sql: string, name: string): JobFacts | undefined {
  return reader.rows(sql, name).map(toJobFacts)[0];
}

/** A job that waits has no place in the queue. */
function countAhead(reader: Reader, { seq, plugin, status, notBefore }: JobFacts): number {
  const isReady = status === "queued" && notBefore === undefined;
  return isReady ? Number(reader.rows(AHEAD, seq, plugin)[0]?.n ?? 0) : 0;
}

function readLastEnd(reader: Reader): number | undefined {
  const [row] = reader.rows(LAST_END);
  return row && readRow("job_log", row).time("completed_at");
}

function laneUserOf({ name, settings }: EntryStatus["entry"]): LaneUser {
  return { name, pool: settings?.pool };
}

function lanesOf(gateway: GatewayFacts | undefined): Lanes {
  const { maxRunning = Infinity, pools = {} } = gateway?.service ?? {};
  return { total: maxRunning, pools: new Map(Object.entries(pools)) };
}
