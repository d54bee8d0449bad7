import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { wait } from "../base/wait.ts";
import { describeEnd, renderWords } from "./attempt_text.ts";
import type { Seat } from "./command.ts";
import { toAttemptJson } from "./job_json.ts";
import type { LogJson } from "./jobs_schema.ts";
import { findSource, type Page, readNews, readPage, type Source } from "./log_source.ts";
import { explainUnknown } from "./entry_name.ts";
import { look, readMoment } from "./look.ts";
import { print, printOn } from "./print.ts";
import { type Moment, paint } from "./screen.ts";
import { formatTime, formatWhen } from "./times.ts";

/** What to show of the log. */
export interface LogFlags {
  /** How many attempts. */
  readonly last: number;
  /** Only the last one that failed, with its answer. */
  readonly lastFailure?: boolean;
  /** Goes on with those that end from now on. */
  readonly follow?: boolean;
  readonly json?: boolean;
}

/**
 * Prints what plugins wrote. With `follow` it ends when nobody reads it any more. Exit code 2 if `word` is
 * neither an entry nor the beginning of a job's id.
 */
export async function showLog(
  seat: Seat,
  path: string,
  flags: LogFlags,
  word: string | undefined,
): Promise<ExitCode> {
  const looked = await look(seat, path, (reader, { statePath, text }) => {
    const found = findSource(reader, word);
    return found.ok
      ? { ...found, statePath, page: readPage(reader, found.source, flags) }
      : { ...found, text };
  });
  if (!looked.ok) return looked.code;
  const found = looked.value;
  if (!found.ok) {
    complain(await explainUnknown(found.error, word, found.text));
    return ExitCode.usage;
  }
  if (flags.follow) return await follow(seat, found.statePath, found.source, found.page, flags);
  const { attempts } = found.page;
  const json: LogJson = { attempts: attempts.map(toAttemptJson) };
  if (flags.json) return print(formatJson(json));
  return print(attempts.length === 0 ? describeNone(flags) : render(seat, found.page, flags));
}

/** How often a log is read that is followed. */
const EVERY_MS = 1_000;

/** Each read is a moment of its own, so the database is closed while nothing happens. */
async function follow(
  seat: Seat,
  statePath: string,
  source: Source,
  first: Page,
  flags: LogFlags,
): Promise<ExitCode> {
  let page = first;
  let said: string | undefined;
  while (true) {
    const text = render(seat, page, flags);
    const ended = text === "" ? undefined : await printOn(text);
    if (ended !== undefined) return ended;
    if (!page.hasMore) await wait(EVERY_MS).done;
    const { row } = page;
    const news = readMoment(statePath, (reader) => readNews(reader, source, row));
    if (!news.ok && news.error !== said) complain(news.error);
    said = news.ok ? undefined : news.error;
    page = news.ok ? news.value : { ...page, attempts: [], hasMore: false };
  }
}

function render({ screen }: Seat, page: Page, { json, follow, lastFailure }: LogFlags): string {
  const lines = json
    ? page.attempts.map((one) => formatJson(toAttemptJson(one), 0))
    : renderLog(page, { ...screen, now: screen.now() }, { follow, lastFailure });
  return lines.join("\n");
}

function describeNone({ lastFailure }: LogFlags): string {
  return lastFailure ? "no failure is kept" : "no attempt has ended yet";
}

/** For each attempt a line, and under it what its plugin wrote. */
export function renderLog(
  { attempts, ids }: Page,
  screen: Moment,
  { follow = false, lastFailure = false }: Pick<LogFlags, "follow" | "lastFailure">,
): readonly string[] {
  return attempts.flatMap((attempt) => {
    const time = follow ? formatTime : formatWhen;
    const title = [
      paint(time(attempt.endedAt, screen.now), "dim", screen),
      paint(escapeUnseen(attempt.plugin), "bold", screen),
      describeEnd(attempt, screen),
      paint(escapeUnseen(ids.get(attempt.jobId) ?? attempt.jobId), "dim", screen),
    ].join("  ");
    return [title, ...renderWords(attempt, lastFailure)];
  });
}
