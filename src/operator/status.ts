import { ExitCode } from "../base/exit_code.ts";
import { type EntryStatus, nextTryAt, readStatus, type Status } from "../reader/status.ts";
import type { Seat } from "./command.ts";
import { digestOf, look, type Place } from "./look.ts";
import { print } from "./print.ts";
import { paint, type Screen, type Style } from "./screen.ts";
import { toJson } from "./status_json.ts";
import { isWell, summarize } from "./status_summary.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import { formatDistance, formatSpan, formatTime } from "./times.ts";

/** Prints how the gateway and its entries are. Exit code 1 if something fails. */
export async function showStatus(seat: Seat, path: string, asJson: boolean): Promise<ExitCode> {
  const now = seat.screen.now();
  const looked = look(seat, path, (reader, place) => ({ status: readStatus(reader, now), place }));
  if (!looked.ok) return looked.code;
  const { status, place } = looked.value;
  const isStale = status.digest !== undefined && status.digest !== await digestOf(place.text);
  const text = asJson
    ? JSON.stringify(toJson(status, place, isStale, now), null, 2)
    : renderStatus(status, place, isStale, { ...seat.screen, now });
  const printed = print(text);
  return isWell(status) ? printed : ExitCode.failure;
}

/** A screen at one moment. */
type Moment = Pick<Screen, "columns" | "useColors"> & { readonly now: number };

/** A line on the gateway, a table of the entries, and what is wrong. */
export function renderStatus(
  status: Status,
  { configPath }: Pick<Place, "configPath">,
  isStale: boolean,
  screen: Moment,
): string {
  const rows = status.entries.map((one) => toRow(one, screen.now));
  const stale = `${configPath} has changed since the gateway read it; restart the gateway`;
  const parts = [
    describeGateway(status, screen.now),
    rows.length === 0 ? undefined : renderTable(COLUMNS, rows, screen),
    isStale ? stale : undefined,
    paint(summarize(status, screen.now), isWell(status) ? "green" : "red", screen),
  ];
  return parts.filter((part) => part !== undefined).join("\n\n");
}

function describeGateway({ gateway, life, entries }: Status, now: number): string {
  if (gateway === undefined) return "no gateway has run here yet";
  const name = gateway.service?.name ?? "senechal-gw";
  const since = `since ${formatTime(gateway.startedAt, now)}`;
  const running = entries.filter((one) => one.runningSince !== undefined).length;
  const queued = entries.reduce((sum, one) => sum + one.queued, 0);
  if (life === "running") {
    return `${name} has run ${since} (${formatSpan(now - gateway.startedAt, 1_000)}), ` +
      `pid ${gateway.pid}; jobs: ${running} running, ${queued} queued`;
  }
  const end = gateway.stoppedAt ?? gateway.tickAt;
  return `${name} is not running; last sign of life ${formatDistance(end, now)}`;
}

const COLUMNS: readonly Column[] = [
  { title: "ENTRY", atLeast: 16 },
  { title: "HEALTH" },
  { title: "LAST RUN" },
  { title: "NEXT RUN" },
  { title: "NOTE", atLeast: 8 },
];

const STYLES: Readonly<Record<EntryStatus["condition"], Style | undefined>> = {
  refused: "red",
  failing: "red",
  ok: "green",
  new: undefined,
  disabled: "dim",
};

function toRow(one: EntryStatus, now: number): readonly (string | Cell)[] {
  const { entry, condition, last } = one;
  return [
    entry.name,
    { text: condition, style: STYLES[condition] },
    last === undefined ? "-" : formatDistance(last.endedAt, now),
    describeNext(one, now),
    describeNote(one, now),
  ];
}

function describeNext(one: EntryStatus, now: number): string {
  if (one.entry.status !== "enabled") return "-";
  if (one.runningSince !== undefined) return "running";
  const at = nextTryAt(one, now);
  if (at === undefined) return "now";
  return at <= now ? "now" : formatDistance(at, now);
}

/** What else there is to know in a few words; nothing of one that is well. */
function describeNote(one: EntryStatus, now: number): string {
  const { condition, entry, health, breaker, last, runningSince, queued } = one;
  if (condition === "refused") return entry.error ?? "";
  const notes = [
    runningSince === undefined ? "" : `for ${formatSpan(now - runningSince, 1_000)}`,
    one.retryAt === undefined ? "" : "retry",
    breaker.state === "open" ? "breaker open" : "",
    queued > 1 ? `${queued} queued` : "",
    condition === "failing" ? `${health.failures}x ${last?.error ?? last?.reason ?? ""}` : "",
  ];
  return notes.filter((note) => note !== "").join(", ");
}
