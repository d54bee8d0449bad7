import {
  configureSync,
  disposeSync,
  getLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import type { LogFormat, LogLevel } from "./config/config.ts";

/** Which part of the gateway a line comes from. */
export type Component =
  | "gateway"
  | "config"
  | "scheduler"
  | "dispatcher"
  | "plugin"
  | "recovery"
  | "store";

/** What belongs to one event. `plugin` and `job_id` stand where they apply. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of one component. The message of an event never varies; what varies goes into fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Writes finished lines somewhere. */
export interface LineWriter {
  write(line: string): void;
}

const ROOT = "senechal-gw";

/** Sends what the loggers of {@link getLog} say, from `level` up, to `writer`. */
export function openLog(level: LogLevel, format: LogFormat, writer: LineWriter): Disposable {
  const render = format === "json" ? renderJson : renderText;
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

function head(record: LogRecord) {
  return {
    timestamp: new Date(record.timestamp).toISOString(),
    level: record.level === "warning" ? "warn" : record.level,
    component: record.category.at(-1) ?? ROOT,
    message: record.message.join(""),
  };
}

function renderJson(record: LogRecord): string {
  const { timestamp, level, component, message } = head(record);
  const { plugin, job_id, ...rest } = record.properties;
  return JSON.stringify({ timestamp, level, component, plugin, job_id, message, ...rest });
}

function renderText(record: LogRecord): string {
  const { timestamp, level, component, message } = head(record);
  const fields = Object.entries(record.properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) =>
      `${key}=${typeof value === "string" ? quote(value) : JSON.stringify(value)}`
    );
  return [timestamp, level.toUpperCase().padEnd(5), component.padEnd(10), message, ...fields].join(
    " ",
  );
}

/** Quotes what would not read as one word, so that a line stays one line. */
function quote(text: string): string {
  return /^[\w.:/+@-]+$/.test(text) ? text : JSON.stringify(text);
}
