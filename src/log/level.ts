/** How severe a log line may be, the least severe first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** How severe a log line is; also the least severe level that is written. */
export type LogLevel = typeof LOG_LEVELS[number];

/** How log lines may look. */
export const LOG_FORMATS = ["json", "text"] as const;

/** How log lines look. */
export type LogFormat = typeof LOG_FORMATS[number];
