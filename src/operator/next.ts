import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { isoTime } from "../base/iso_time.ts";
import { formatJson } from "../base/json.ts";
import { type Coming, type ComingRun, readNext } from "../reader/next.ts";
import type { Seat } from "./command.ts";
import { describeUnknown } from "./entry_name.ts";
import { describeChanged, hasChanged, look, type Place } from "./look.ts";
import type { NextJson } from "./next_schema.ts";
import { print } from "./print.ts";
import type { Screen } from "./screen.ts";
import { toTime } from "./status_json.ts";
import { type Column, renderTable } from "./table.ts";
import { formatDistance, formatTime } from "./times.ts";

/** What of the future to show. */
export interface NextOptions {
  /** One entry; `undefined` for all. */
  readonly entry: string | undefined;
  /** How far to look ahead, in milliseconds. */
  readonly forMs: number | undefined;
  readonly asJson: boolean;
}

const DAY_MS = 86_400_000;
const DEFAULT_MS = 7 * DAY_MS;

/** The most polls of one entry that was asked for, of each of all, and of all together. */
const MAX_OF_ONE = 20;
const MAX_OF_EACH = 3;
const MAX_OF_ALL = 60;

/** Prints the runs to come. */
export async function showNext(
  seat: Seat,
  path: string,
  { entry, forMs = DEFAULT_MS, asJson }: NextOptions,
): Promise<ExitCode> {
  const now = seat.screen.now();
  const until = now + forMs;
  const limit = entry === undefined ? MAX_OF_EACH : MAX_OF_ONE;
  const looked = await look(seat, path, (reader, place) => ({
    coming: readNext(reader, now, { entry, until, limit, limitOfAll: MAX_OF_ALL }),
    place,
  }));
  if (!looked.ok) return looked.code;
  const { coming, place } = looked.value;
  const { digest, entries } = coming.status;
  const known = entries.map((one) => one.entry.name);
  if (entry !== undefined && !known.includes(entry)) {
    complain(describeUnknown(entry, known));
    return ExitCode.usage;
  }
  const isStale = await hasChanged(place, digest);
  const moment = { ...seat.screen, now, until };
  return print(
    asJson
      ? formatJson(toJson(coming, place, isStale, moment))
      : renderNext(coming, place, isStale, moment),
  );
}

/** The screen, and the time between which the runs are. In milliseconds since the epoch. */
type Moment = Pick<Screen, "columns" | "useColors"> & {
  readonly now: number;
  readonly until: number;
};

const COLUMNS: readonly Column[] = [
  { title: "WHEN" },
  { title: "DISTANCE" },
  { title: "ENTRY", atLeast: 16 },
  { title: "KIND" },
];

/** A table of the runs, then what it leaves out. */
export function renderNext(
  coming: Coming,
  place: Pick<Place, "configPath">,
  isStale: boolean,
  moment: Moment,
): string {
  const { status: { life }, runs, leftOut } = coming;
  const { now, until } = moment;
  const rows = runs.map((run) => [
    describeSpan(run, now),
    formatDistance(run.earliestAt, now),
    run.entry,
    run.kind,
  ]);
  const parts = [
    life === "running" ? "" : "The gateway is not running; this is as if it started now",
    rows.length === 0
      ? `No runs until ${formatTime(until, now)}`
      : renderTable(COLUMNS, rows, moment),
    describeLeftOut(leftOut, formatTime(until, now)),
    describeIdle(coming, formatTime(until, now)),
    isStale ? describeChanged(place) : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The most entries with a line of their own. */
const MAX_LINES = 20;

function describeLeftOut(leftOut: Coming["leftOut"], until: string): string {
  if (leftOut.length <= MAX_LINES) {
    return leftOut.map(({ entry, atLeast, atMost }) =>
      `${entry}: ${describeRange(atLeast, atMost)} more until ${until}`
    ).join("\n");
  }
  const sum = (counts: readonly number[]) => counts.reduce((total, n) => total + n, 0);
  const range = describeRange(
    sum(leftOut.map(({ atLeast }) => atLeast)),
    sum(leftOut.map(({ atMost }) => atMost)),
  );
  return `${leftOut.length} entries: ${range} more until ${until}; name one to see more of it`;
}

function describeIdle({ runs, idle }: Coming, until: string): string {
  const later = idle.filter(({ because }) => because === "later").map(({ entry }) => entry);
  const names = later.slice(0, MAX_LINES).join(", ");
  const rest = later.length > MAX_LINES ? ` and ${later.length - MAX_LINES} more` : "";
  const next = runs.some(({ entry }) => later.includes(entry)) ? "; this is the next one" : "";
  return [
    later.length === 0 ? "" : `${names}${rest}: no runs until ${until}${next}`,
    ...idle.filter(({ because }) => because !== "later")
      .map(({ entry, because }) => `${entry}: no runs, ${because}`),
  ].filter((line) => line !== "").join("\n");
}

function describeSpan({ earliestAt, latestAt }: ComingRun, now: number): string {
  const [from, to] = [formatTime(earliestAt, now), formatTime(latestAt, now)];
  return from === to ? from : `${from} to ${to}`;
}

function describeRange(atLeast: number, atMost: number): string {
  return atLeast === atMost ? String(atMost) : `${atLeast} to ${atMost}`;
}

function toJson(
  { status: { life }, runs, leftOut, idle }: Coming,
  place: Pick<Place, "configPath">,
  isStale: boolean,
  { now, until }: Moment,
): NextJson {
  return {
    config: place.configPath,
    config_changed: isStale,
    gateway: life,
    from: isoTime(now),
    until: isoTime(until),
    runs: runs.map(({ entry, kind, earliestAt, latestAt }) => ({
      ...{ entry, kind },
      earliest_at: toTime(earliestAt),
      latest_at: toTime(latestAt),
    })),
    left_out: leftOut.map(({ entry, atLeast, atMost }) => ({
      entry,
      at_least: atLeast,
      at_most: atMost,
    })),
    idle: [...idle],
  };
}
