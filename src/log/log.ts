import { messageOf } from "../base/error_message.ts";
import { isoTime } from "../base/iso_time.ts";
import type { Redact } from "../base/redact.ts";
import { MAX_LINE_BYTES, renderBounded } from "./bounded_line.ts";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "./level.ts";
import { maskFields } from "./masked_fields.ts";
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

/** The log of one component. The message of an event never varies; variable parts go into fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Whose line it is: a plugin's lines give way to the gateway's own. */
export type Speaker = "gateway" | "plugin";

/** Writes finished lines somewhere. */
export interface LineWriter {
  write(line: string, speaker: Speaker): void;
}

/** The format of the log, and the least severe level that is written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether text lines are coloured, for a terminal. */
  readonly useColors: boolean;
  /** Masks the secrets in every message and field, whoever logs it. */
  readonly redact: Redact;
}

/** Gives each component its log. */
export type GetLog = (component: Component) => Log;

/**
 * Opens a log whose lines go to `writer`, each of a bounded length.
 *
 * @param now milliseconds since the epoch.
 */
export function openLog(
  { level: least, format, useColors, redact }: LogOptions,
  writer: LineWriter,
  now: () => number,
): GetLog {
  function say(head: LineHead, said: LogFields): void {
    const render = (fields: LogFields) =>
      (format === "json" ? renderJson(head, fields) : renderText(head, fields, useColors)) + "\n";
    const line = renderSafely(() => maskFields(said, redact), render);
    writer.write(line, head.component === "plugin" ? "plugin" : "gateway");
  }
  return (component) => {
    const at = (level: LogLevel) => (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      say({ timestamp: now(), level, component, message: redact(message) }, fields);
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  };
}

/** If a field cannot be written, the line loses its fields, but the caller goes on. */
function renderSafely(said: () => LogFields, render: (fields: LogFields) => string): string {
  try {
    return renderBounded(said(), render, MAX_LINE_BYTES);
  } catch (error) {
    return render({ fields_lost: messageOf(error) });
  }
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
