import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { wait } from "../base/wait.ts";
import type { Health } from "../core/breaker.ts";
import { isEndless, type Pause } from "../core/pause.ts";
import { readLately } from "../reader/attempts.ts";
import type { Life } from "../reader/gateway.ts";
import { type EntryStatus, readStatus, type Status } from "../reader/status.ts";
import type { Seat } from "./command.ts";
import { describeUnknown } from "./entry_name.ts";
import { describeChanged, hasChanged, look, type Looked } from "./look.ts";
import { print, printOn } from "./print.ts";
import { type Moment, paint, type Style } from "./screen.ts";
import { LATELY_DAYS, renderEntry } from "./status_entry.ts";
import { type Shown, toJson } from "./status_json.ts";
import { isWell, isWellEntry, summarize } from "./status_summary.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import { formatAgo, formatDistance, formatSpan, formatTime } from "./times.ts";

/** What `status` shows, and how. */
export interface StatusOptions {
  /** Only this entry, and more of it. */
  readonly name: string | undefined;
  readonly json: boolean;
  /** Again every two seconds, until the program is ended. */
  readonly watch: boolean;
}

const WATCH_MS = 2_000;

/** Clears the terminal, and begins at its top. */
const CLEAR = "\x1b[H\x1b[2J";

/** Prints how the gateway and its entries are. Exit code 1 if something fails. */
export async function showStatus(
  seat: Seat,
  path: string,
  options: StatusOptions,
): Promise<ExitCode> {
  if (options.watch) return await watch(seat, path, options);
  const found = await findStatus(seat, path, options);
  if (!found.ok) return found.code;
  const printed = print(found.value.text);
  return found.value.isWell ? printed : ExitCode.failure;
}

/** Shows it again and again, until nobody reads it any more. */
async function watch(seat: Seat, path: string, options: StatusOptions): Promise<ExitCode> {
  for (;;) {
    const found = await findStatus(seat, path, options);
    if (!found.ok && found.code !== ExitCode.failure) return found.code;
    const clear = seat.screen.isTerminal ? CLEAR : "";
    const ended = found.ok ? await printOn(clear + found.value.text) : undefined;
    if (ended !== undefined) return ended;
    await wait(WATCH_MS).done;
  }
}

async function findStatus(
  seat: Seat,
  path: string,
  { name, json }: StatusOptions,
): Promise<Looked<{ readonly text: string; readonly isWell: boolean }>> {
  const now = seat.screen.now();
  const looked = await look(seat, path, (reader, place) => {
    const status = readStatus(reader, now);
    const one = status.entries.find(({ entry }) => entry.name === name);
    const since = now - LATELY_DAYS * 86_400_000;
    return { status, place, one, lately: one && readLately(reader, one.entry.name, since) };
  });
  if (!looked.ok) return looked;
  const { place, one, lately } = looked.value;
  const { digest, entries } = looked.value.status;
  if (name !== undefined && one === undefined) {
    complain(describeUnknown(name, entries.map(({ entry }) => entry.name)));
    return { ok: false, code: ExitCode.usage };
  }
  const status = { ...looked.value.status, entries: one === undefined ? entries : [one] };
  const isStale = await hasChanged(place, digest);
  const shown = { status, place, isStale, lately };
  const text = json ? formatJson(toJson(shown, now)) : renderStatus(shown, { ...seat.screen, now });
  return { ok: true, value: { text, isWell: isWell(status) } };
}

/** A line on the gateway, a table of the entries or the facts of one, and what is wrong. */
export function renderStatus(
  { status, place, isStale, lately }: Shown,
  screen: Moment,
): string {
  const [first] = status.entries;
  const rows = status.entries.map((one) => toRow(one, status.life, screen.now));
  const parts = [
    describeGateway(status, screen.now),
    first !== undefined && lately !== undefined
      ? renderEntry(first, lately, screen)
      : rows.length === 0
      ? undefined
      : renderTable(COLUMNS, rows, screen),
    isStale ? describeChanged(place) : undefined,
    paint(summarize(status, screen.now), isWell(status) ? "green" : "red", screen),
  ];
  return parts.filter((part) => part !== undefined).join("\n\n");
}

function describeGateway({ gateway, life, entries }: Status, now: number): string {
  if (gateway === undefined) return "No gateway has run here yet";
  const name = escapeUnseen(gateway.service?.name ?? "senechal-gw");
  if (life !== "running") {
    const end = gateway.stoppedAt ?? gateway.tickAt;
    return `${name}, not running; last sign of life ${formatAgo(end, now)}`;
  }
  const running = entries.filter((one) => one.runningSince !== undefined).length;
  const queued = entries.reduce((sum, one) => sum + one.queued, 0);
  const age = formatSpan(now - gateway.startedAt, 1_000);
  return `${name}, pid ${gateway.pid}, up ${age} (since ${formatTime(gateway.startedAt, now)}); ` +
    `${entries.length} ${
      entries.length === 1 ? "entry" : "entries"
    }, ${running} running, ${queued} queued`;
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
  retrying: "yellow",
  ok: "green",
  new: undefined,
  disabled: "dim",
};

function toRow(one: EntryStatus, life: Life, now: number): readonly (string | Cell)[] {
  const { entry, condition, last } = one;
  const next = describeNext(one, life, now);
  return [
    { text: entry.name, style: isWellEntry(one) ? undefined : "bold" },
    { text: condition, style: STYLES[condition] },
    last === undefined ? "-" : formatDistance(last.endedAt, now),
    next,
    describeNote(one, next, now),
  ];
}

/** Without a gateway nothing is promised. */
function describeNext(
  { entry, runningSince, pause, ready, nextTryAt }: EntryStatus,
  life: Life,
  now: number,
): string {
  if (entry.status !== "enabled" || life !== "running") return "-";
  if (runningSince !== undefined) return "running";
  if (isEndless(pause)) return "paused";
  if (ready > 0 && pause === undefined) return "queued";
  return nextTryAt === undefined ? "-" : formatDistance(Math.max(nextTryAt, now), now);
}

/** What `next` does not say, in a few words; nothing of one that is well. */
function describeNote(one: EntryStatus, next: string, now: number): string {
  const { condition, entry, health, breaker, pause, last, runningSince, queued, ready } = one;
  const isShown = ready > 0 && next !== "queued";
  if (condition === "refused") return entry.error ?? "";
  if (condition === "disabled") return "";
  const notes = [
    runningSince === undefined ? "" : `for ${formatSpan(now - runningSince, 1_000)}`,
    pause === undefined || next === "paused" ? "" : describePause(pause, now),
    breaker.state === "open" ? "breaker open" : "",
    queued > 1 || isShown ? `${queued} queued` : "",
    condition === "failing" ? `${describeCount(health)}${describeError(last)}` : "",
    condition === "retrying" ? describeError(last) : "",
  ];
  return notes.filter((note) => note !== "").join(", ");
}

/** `resume` sets the count to 0. */
function describeCount({ failures }: Health): string {
  return failures === 0 ? "resumed, " : `${failures}x `;
}

function describePause({ until }: Pause, now: number): string {
  return until === undefined ? "paused" : `paused until ${formatTime(until, now)}`;
}

function describeError(last: EntryStatus["last"]): string {
  return last?.error ?? last?.reason ?? "";
}
