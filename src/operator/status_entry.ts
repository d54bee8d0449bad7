import { formatDuration } from "../base/duration.ts";
import { ALL_ENTRIES, isEndless, type Pause } from "../core/pause.ts";
import { type Lately, MOST_ATTEMPTS } from "../reader/attempts.ts";
import type { EntryStatus } from "../reader/status.ts";
import { renderFacts } from "./facts.ts";
import { describeResume } from "./resume_words.ts";
import { cut } from "./table.ts";
import { formatSpan, formatWhen } from "./times.ts";

/** How many days back `status NAME` counts. */
export const LATELY_DAYS = 7;

/** Before each fact. */
const INDENT = "  ";

/** Everything that `status NAME` says of one entry, a line for each fact. */
export function renderEntry(
  one: EntryStatus,
  lately: Lately,
  { columns, now }: { readonly columns: number; readonly now: number },
): string {
  const { entry, condition, health } = one;
  const facts = [
    ["health", condition === "failing" ? describeFailures(one, now) : condition],
    ["running", ifAny(one.runningSince, (since) => `for ${formatSpan(now - since, 1_000)}`)],
    ["paused", ifAny(one.pause, (pause) => describePause(pause, now))],
    ["queued", one.queued === 0 ? undefined : String(one.queued)],
    ["last run", describeLast(one, now)],
    ["last success", ifAny(health.lastSuccessAt, (at) => formatWhen(at, now))],
    ["next try", describeNext(one, now)],
    ["schedule", describeSchedule(one)],
    ["settings", describeSettings(one)],
    [`last ${LATELY_DAYS} days`, describeLately(lately)],
    ["durations", describeDurations(lately)],
    ["folder", entry.folder],
    ["refused", entry.error],
  ].map(([title = "", text = ""]) => [title, text] as const);
  const screen = { columns: columns - INDENT.length, useColors: false };
  const lines = renderFacts(facts, screen).split("\n").map((line) => INDENT + line);
  return [cut(entry.name, columns), ...lines].join("\n");
}

function ifAny<T>(value: T | undefined, describe: (value: T) => string): string | undefined {
  return value === undefined ? undefined : describe(value);
}

function describePause({ plugin, pausedAt, pausedBy, until }: Pause, now: number): string {
  const whole = plugin === ALL_ENTRIES ? ", with all entries" : "";
  const end = until === undefined ? "" : `, until ${formatWhen(until, now)}`;
  return `since ${formatWhen(pausedAt, now)} by ${pausedBy}${whole}${end}`;
}

function describeFailures({ health, breaker }: EntryStatus, now: number): string {
  if (health.failures === 0) return "failing: its last job failed";
  const since = formatWhen(health.failingSince ?? NaN, now);
  const open = breaker.state === "closed" ? "" : `, circuit breaker ${breaker.state}`;
  return `failing: ${health.failures} in a row since ${since}${open}`;
}

function describeLast({ last }: EntryStatus, now: number): string {
  if (last === undefined) return "none yet";
  const { status, reason, error, endedAt, durationMs } = last;
  const why = [reason && ` (${reason})`, error && `: ${error}`].filter(Boolean).join("");
  return `${formatWhen(endedAt, now)}, ${status} after ${formatSpan(durationMs)}${why}`;
}

function describeNext(one: EntryStatus, now: number): string | undefined {
  if (one.entry.status !== "enabled") return undefined;
  if (isEndless(one.pause)) return `after ${describeResume(one)}`;
  const at = one.nextTryAt;
  if (at === undefined) return undefined;
  if (one.ready > 0 && one.pause === undefined) return "now: its job is queued";
  return at <= now ? "now" : formatWhen(at, now) + (isRetry(one) ? ", a retry" : "");
}

function isRetry({ ready, retryAt }: EntryStatus): boolean {
  return ready === 0 && retryAt !== undefined;
}

function describeSchedule({ entry: { schedule } }: EntryStatus): string | undefined {
  if (schedule === undefined) return undefined;
  const { everyMs, jitterMs } = schedule;
  const jitter = jitterMs === 0 ? "" : ` ± ${formatDuration(jitterMs / 2)}`;
  return `every ${formatDuration(everyMs)}${jitter}`;
}

function describeSettings({ entry: { settings } }: EntryStatus): string | undefined {
  if (settings === undefined) return undefined;
  const { timeoutsMs, maxAttempts, retry, circuitBreaker, pool } = settings;
  const breaker = circuitBreaker;
  return [
    `timeout ${formatDuration(timeoutsMs.poll ?? NaN)}`,
    `at most ${maxAttempts} attempts`,
    retry && `retry after ${formatDuration(retry.backoffBaseMs)}`,
    breaker && `breaker after ${breaker.threshold} for ${formatDuration(breaker.resetAfterMs)}`,
    pool && `pool ${pool}`,
  ].filter((part) => part !== undefined).join(", ");
}

function describeLately({ attempts, byStatus, isCapped }: Lately): string {
  if (attempts === 0) return "no attempt";
  const counts = byStatus.map(([status, count]) => `${count} ${status}`).join(", ");
  return isCapped ? `the last ${MOST_ATTEMPTS} attempts: ${counts}` : `attempts: ${counts}`;
}

function describeDurations({ medianMs, p95Ms }: Lately): string | undefined {
  if (medianMs === undefined || p95Ms === undefined) return undefined;
  return `median ${formatSpan(medianMs)}, 95 % within ${formatSpan(p95Ms)}`;
}
