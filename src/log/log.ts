import {
  configureSync,
  disposeSync,
  getLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import { isoTime } from "../base/iso_time.ts";
import type { LogFormat, LogLevel } from "./level.ts";
import { type LineHead, type LogFields, renderText } from "./text.ts";

export type { LogFields };

/** Which part of the gateway a line comes from. */
export type Component =
  | "gateway"
  | "config"
  | "scheduler"
  | "dispatcher"
  | "plugin"
  | "recovery";

/** The log of one component. The message of an event never varies; what varies goes into fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Writes finished lines somewhere. */
export interface LineWriter {
  write(line: string): void;
}

const ROOT = "senechal-gw";

/** How the log looks, and from which level up it is written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether text lines are coloured, for a terminal. */
  readonly useColors: boolean;
}

/** Sends what the loggers of {@link getLog} say to `writer`. */
export function openLog({ level, format, useColors }: LogOptions, writer: LineWriter): Disposable {
  const render = format === "json"
    ? renderJson
    : (record: LogRecord) => renderText(headOf(record), record.properties, useColors);
  configureSync({
    reset: true,
    sinks: { lines: (record) => writer.write(render(record) + "\n") },
    loggers: [
      { category: [ROOT], lowestLevel: level === "warn" ? "warning" : level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  return { [Symbol.dispose]: disposeSync };
}

/** The log of one component. Lines said before {@link openLog} go nowhere. */
export function getLog(component: Component): Log {
  const logger: Logger = getLogger([ROOT, component]);
  return {
    debug: (message, fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
  };
}

function headOf(record: LogRecord): LineHead {
  const { level, timestamp, category, message } = record;
  return {
    timestamp,
    level: level === "warning" ? "warn" : level === "trace" || level === "fatal" ? "error" : level,
    component: category.at(-1) ?? ROOT,
    message: message.join(""),
  };
}

function renderJson(record: LogRecord): string {
  const { timestamp, ...head } = headOf(record);
  const { plugin, job_id, ...rest } = record.properties;
  const { level, component, message } = head;
  return JSON.stringify({
    timestamp: isoTime(timestamp),
    level,
    component,
    plugin,
    job_id,
    message,
    ...rest,
  });
}
