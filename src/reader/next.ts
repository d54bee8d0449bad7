import { countPolls, forecastPolls, nthPoll, type Span, type Ticks } from "../core/forecast.ts";
import { isEndless } from "../core/pause.ts";
import { firstTickAt, ticksOf } from "./polls.ts";
import type { Reader } from "./reader.ts";
import { type EntryStatus, readStatus, type Status } from "./status.ts";

/** A run to come. In milliseconds since the epoch. */
export interface ComingRun extends Span {
  readonly entry: string;
  /** "queued": a job that may start; "retry": another attempt of one that failed. */
  readonly kind: "poll" | "queued" | "retry";
}

/** How many more polls of an entry there are than are named. */
export interface LeftOut {
  readonly entry: string;
  readonly atLeast: number;
  readonly atMost: number;
}

/** An entry without runs to come; "later": none as early as is asked. */
export interface Idle {
  readonly entry: string;
  readonly because: "disabled" | "refused" | "paused" | "schedule unreadable" | "later";
}

/** The runs to come, if each job succeeds before its next turn, and a lane is free. */
export interface Coming {
  readonly status: Status;
  /** By time; of the one entry that is asked for the next one at least, even if it is later. */
  readonly runs: readonly ComingRun[];
  readonly leftOut: readonly LeftOut[];
  readonly idle: readonly Idle[];
}

/** Which runs to name. */
export interface Wanted {
  /** One entry; `undefined` for all. */
  readonly entry: string | undefined;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** The most polls to name of one entry, and of all; but of each entry one. */
  readonly limit: number;
  readonly limitOfAll: number;
}

/** Reads which runs come after `now`; without a gateway, as if it started at `now`. */
export function readNext(reader: Reader, now: number, wanted: Wanted): Coming {
  const status = readStatus(reader, now);
  const ticks = ticksOf(status, now);
  const from = firstTickAt(ticks, status, now);
  const asked = status.entries
    .filter(({ entry }) => wanted.entry === undefined || entry.name === wanted.entry);
  const share = Math.max(Math.floor(wanted.limitOfAll / asked.length), 1);
  const limit = Math.min(wanted.limit, share);
  const parts = asked.map((one) => comingOf(one, { ticks, from, now }, { ...wanted, limit }));
  return {
    status,
    runs: parts.flatMap(({ runs }) => runs).toSorted(compare),
    leftOut: parts.flatMap(({ leftOut }) => leftOut).filter(({ atMost }) => atMost > 0),
    idle: parts.flatMap(({ idle }) => idle),
  };
}

type Part = Omit<Coming, "status">;

function comingOf(
  one: EntryStatus,
  { ticks, from, now }: { readonly ticks: Ticks; readonly from: number; readonly now: number },
  wanted: Wanted,
): Part {
  const { until, limit } = wanted;
  const { entry: { name: entry, status }, retryAt, ready, pause, polls: facts } = one;
  if (facts === undefined) {
    const held = isEndless(pause) ? "paused" : "schedule unreadable";
    const because = status === "enabled" ? held : status;
    return { runs: [], leftOut: [], idle: [{ entry, because }] };
  }
  const forecast = forecastPolls(facts, ticks, from);
  const { atLeast, atMost } = countPolls(forecast, until);
  const shown = Math.min(Math.max(atMost, 1), limit);
  const polls = Array.from({ length: shown }, (_, n) => nthPoll(forecast, n))
    .map((span) => ({ entry, kind: "poll" as const, ...span }));
  const freeAt = Math.max(pause?.until ?? now, now);
  const jobs = [
    ...(ready === 0 ? [] : [jobOf(entry, "queued", freeAt)]),
    ...(retryAt === undefined ? [] : [jobOf(entry, "retry", Math.max(retryAt, freeAt))]),
  ];
  const leftOut = { entry, atLeast: Math.max(atLeast - shown, 0), atMost: atMost - shown };
  const runs = [...jobs, ...polls]
    .filter(({ earliestAt }) => wanted.entry !== undefined || earliestAt <= until);
  const isLater = runs.every(({ earliestAt }) => earliestAt > until);
  return { runs, leftOut: [leftOut], idle: isLater ? [{ entry, because: "later" }] : [] };
}

function jobOf(entry: string, kind: ComingRun["kind"], at: number): ComingRun {
  return { entry, kind, earliestAt: at, latestAt: at };
}

function compare(a: ComingRun, b: ComingRun): number {
  return a.earliestAt - b.earliestAt || (a.entry < b.entry ? -1 : 1);
}
