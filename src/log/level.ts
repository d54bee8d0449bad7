/** How severe a log line is; also the least severe level that is written. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How log lines look. */
export type LogFormat = "json" | "text";
