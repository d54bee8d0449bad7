import { readRow } from "../sqlite/row.ts";
import type { Reader } from "./reader.ts";
import { isNumber, isText, mapOf, readShape, type Shape } from "./shape.ts";

/** What of a gateway's config counts for all entries. Times in milliseconds. */
export interface ServiceFacts {
  readonly version: string;
  readonly config: string;
  readonly name: string;
  readonly tickIntervalMs: number;
  readonly maxRunning: number;
  readonly pools: Readonly<Record<string, number>>;
  readonly shutdownGraceMs: number;
  readonly jobLogRetentionMs: number;
}

const SERVICE: Shape<ServiceFacts> = {
  version: isText,
  config: isText,
  name: isText,
  tickIntervalMs: isNumber,
  maxRunning: isNumber,
  pools: mapOf(isNumber),
  shutdownGraceMs: isNumber,
  jobLogRetentionMs: isNumber,
};

/** The gateway that runs or last ran. Times in milliseconds since the epoch; NaN if unreadable. */
export interface GatewayFacts {
  readonly pid: number;
  readonly startedAt: number;
  readonly tickAt: number;
  /** When it stopped in an orderly way. */
  readonly stoppedAt: number | undefined;
  readonly droppedLines: number;
  /** `undefined` if it cannot be read. */
  readonly service: ServiceFacts | undefined;
}

/** The gateway's last heartbeat; `undefined` before the first one. */
export function readGateway(reader: Reader): GatewayFacts | undefined {
  const [row] = reader.rows(
    `SELECT pid, started_at, tick_at, stopped_at, dropped_lines, settings
     FROM heartbeat WHERE id = 1`,
  );
  if (row === undefined) return undefined;
  const { text, time, integer } = readRow("heartbeat", row);
  return {
    pid: integer("pid") ?? NaN,
    startedAt: time("started_at") ?? NaN,
    tickAt: time("tick_at") ?? NaN,
    stoppedAt: row.stopped_at === null ? undefined : time("stopped_at"),
    droppedLines: integer("dropped_lines") ?? 0,
    service: readShape(text("settings"), SERVICE),
  };
}

/**
 * Whether a gateway runs, as its heartbeat shows: "silent" if it has neither stopped in an orderly way nor
 * ticked for more than two intervals.
 */
export type Life = "running" | "stopped" | "silent" | "never started";

/** How long a tick may be late on a busy machine. */
const LATE_MS = 5_000;

/** What the heartbeat says at `now` about whether the gateway runs. */
export function lifeOf(gateway: GatewayFacts | undefined, now: number): Life {
  if (gateway === undefined) return "never started";
  if (gateway.stoppedAt !== undefined) return "stopped";
  const intervalMs = gateway.service?.tickIntervalMs ?? 60_000;
  return now - gateway.tickAt > 2 * intervalMs + LATE_MS ? "silent" : "running";
}
