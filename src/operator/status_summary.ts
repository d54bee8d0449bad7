import { escapeUnseen } from "../base/unseen.ts";
import { isEndless } from "../core/pause.ts";
import type { EntryStatus, Status } from "../reader/status.ts";
import { describeResume } from "./resume_words.ts";
import { cut } from "./table.ts";
import { formatAgo, formatTime } from "./times.ts";

/** Whether the gateway runs and every enabled entry does what it should. */
export function isWell(status: Status): boolean {
  return status.life === "running" && !isEmpty(status) && findSick(status).length === 0;
}

/** One sentence on what is wrong, the worst first. */
export function summarize(status: Status, now: number): string {
  const troubles = [
    describeLife(status, now),
    status.life === "running" && isEmpty(status) ? NO_ENTRIES : undefined,
    describeSick(findSick(status), now),
  ]
    .filter((text) => text !== undefined);
  return troubles.length === 0 ? "All well" : escapeUnseen(troubles.join("; "));
}

/** A gateway has at least one entry; it stores which after its start, and after its database was replaced. */
const NO_ENTRIES = "The gateway has not stored yet what it runs; ask again in a minute";

function isEmpty({ entries }: Status): boolean {
  return entries.length === 0;
}

/** Whether an entry does what it should. */
export function isWellEntry({ condition }: EntryStatus): boolean {
  return condition !== "refused" && condition !== "failing";
}

function findSick({ entries }: Status): readonly EntryStatus[] {
  return entries.filter((one) => !isWellEntry(one));
}

function describeLife({ life, gateway }: Status, now: number): string | undefined {
  if (life === "never started") return "No gateway has run here yet: senechal-gw start";
  if (life === "stopped") {
    const when = formatAgo(gateway?.stoppedAt ?? NaN, now);
    return `The gateway is not running: it was stopped ${when}`;
  }
  if (life === "running") return undefined;
  return `The gateway has not ticked since ${formatTime(gateway?.tickAt ?? NaN, now)}: ` +
    "it was killed, or hangs";
}

/** The most of an error that the sentence repeats; `log` shows it whole. */
const MAX_ERROR = 200;

/** The most names in the sentence. */
const MAX_NAMES = 3;

function describeSick(sick: readonly EntryStatus[], now: number): string | undefined {
  const [worst, ...others] = sick;
  if (worst === undefined) return undefined;
  const names = others.slice(0, MAX_NAMES).map(({ entry }) => entry.name);
  const rest = others.length - names.length;
  const also = rest > 0 ? [...names, `${rest} more`] : names;
  const what = worst.condition === "refused" ? describeRefused(worst) : describeFailing(worst, now);
  return also.length === 0 ? what : `${what}. Also not well: ${also.join(", ")}`;
}

function describeRefused({ entry }: EntryStatus): string {
  return `${entry.name} does not run: ${entry.error ?? "its plugin was refused"}`;
}

function describeFailing(one: EntryStatus, now: number): string {
  const { entry, health, last } = one;
  const isOnce = health.failures <= 1; // 0 after a `resume`
  const times = isOnce ? "failed" : `has failed ${health.failures} times`;
  const since = health.failingSince ?? last?.endedAt ?? NaN;
  const when = isOnce ? `at ${formatTime(since, now)}` : `since ${formatTime(since, now)}`;
  const why = cut(last?.error ?? last?.reason ?? "", MAX_ERROR);
  const next = describeNextTry(one, now);
  return `${entry.name} ${times} ${when}${why === "" ? "" : `: ${why}`}${next}`;
}

/** Nothing without a gateway: that it does not run is said. */
function describeNextTry(one: EntryStatus, now: number): string {
  if (isEndless(one.pause)) return `; next try after ${describeResume(one)}`;
  const { nextTryAt: at, breaker } = one;
  if (at === undefined) return "";
  const open = breaker.state === "open" ? ", as its circuit breaker is open" : "";
  return `; next try ${at <= now ? "now" : formatTime(at, now)}${open}`;
}
