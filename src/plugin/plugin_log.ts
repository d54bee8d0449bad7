import type { Redact } from "../base/redact.ts";
import type { Answer } from "../core/ending.ts";
import type { Log, LogFields } from "../log/log.ts";
import type { Ended } from "../process/process.ts";
import { MAX_LOGS } from "./protocol.ts";

/** As many lines of stderr as of `logs`. */
const MAX_LINES = MAX_LOGS;
const MAX_LINE_CHARS = 8 * 1024;

const LEVELS: ReadonlyMap<string, keyof Log> = new Map([
  ...["trace", "debug"].map((name) => [name, "debug"] as const),
  ...["warn", "warning"].map((name) => [name, "warn"] as const),
  ...["error", "err", "critical", "fatal"].map((name) => [name, "error"] as const),
]);

/**
 * What a plugin wrote to stderr, masked before anything splits or cuts it: a secret may lie across two
 * writes, or where the text was cut.
 */
export function textOfStderr({ bytes, dropped }: Ended["stderr"], redact: Redact): string {
  return redact(new TextDecoder().decode(bytes, { stream: dropped > 0 }), true);
}

/** Logs what a plugin wrote to stderr, one record a line, at WARN. */
export function logStderr(
  log: Log,
  fields: LogFields,
  stderr: { readonly text: string; readonly droppedBytes: number },
): void {
  const lines = stderr.text.split("\n").filter((line) => line.trim() !== "");
  for (const line of lines.slice(0, MAX_LINES)) {
    log.warn("Plugin wrote to stderr", { ...fields, text: shorten(line.trimEnd()) });
  }
  const droppedLines = Math.max(0, lines.length - MAX_LINES);
  sayWhatWasLeftOut(log, fields, "stderr", droppedLines, stderr.droppedBytes);
}

/** Whether every line of a response's `logs` is logged in full. */
export function fitsLog({ logs, leftOut }: Answer): boolean {
  return leftOut.logs === 0 && logs.every(({ message }) => message.length <= MAX_LINE_CHARS);
}

/** Logs the `logs` of a response, each line at its own level, or else at info. */
export function forwardLogs(log: Log, fields: LogFields, { logs, leftOut }: Answer): void {
  for (const { level = "info", message } of logs) {
    log[LEVELS.get(level.toLowerCase()) ?? "info"]("Plugin says", {
      ...fields,
      text: shorten(message),
    });
  }
  sayWhatWasLeftOut(log, fields, "logs", leftOut.logs, 0);
}

function sayWhatWasLeftOut(
  log: Log,
  fields: LogFields,
  source: "stderr" | "logs",
  droppedLines: number,
  droppedBytes: number,
): void {
  if (droppedLines === 0 && droppedBytes === 0) return;
  log.warn("Plugin output truncated in the log", {
    ...fields,
    source,
    dropped_lines: droppedLines,
    ...(droppedBytes > 0 && { dropped_bytes: droppedBytes }),
  });
}

function shorten(text: string): string {
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)} …` : text;
}
