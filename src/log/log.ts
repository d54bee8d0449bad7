import {
  configureSync,
  disposeSync,
  getLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import { isoTime } from "../base/iso_time.ts";
import { MAX_LINE_BYTES, renderBounded } from "./bounded_line.ts";
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

/** Whose line it is: what a plugin had to say gives way to what the gateway says itself. */
export type Speaker = "gateway" | "plugin";

/** Writes finished lines somewhere. */
export interface LineWriter {
  write(line: string, speaker: Speaker): void;
}

const ROOT = "senechal-gw";

/** How the log looks, and from which level up it is written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether text lines are coloured, for a terminal. */
  readonly useColors: boolean;
}

/** Sends what the loggers of {@link getLog} say to `writer`, each line of a bounded length. */
export function openLog({ level, format, useColors }: LogOptions, writer: LineWriter): Disposable {
  function write(record: LogRecord): void {
    const head = headOf(record);
    const render = (fields: LogFields) =>
      (format === "json" ? renderJson(head, fields) : renderText(head, fields, useColors)) + "\n";
    const line = renderBounded(record.properties, render, MAX_LINE_BYTES);
    writer.write(line, head.component === "plugin" ? "plugin" : "gateway");
  }
  configureSync({
    reset: true,
    sinks: { lines: write },
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

function renderJson({ timestamp, level, component, message }: LineHead, fields: LogFields): string {
  const { plugin, job_id, ...rest } = fields;
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
