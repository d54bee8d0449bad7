import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { type JobFilter, type ListedJob, listJobs } from "../reader/job_list.ts";
import { shortenIds } from "../reader/jobs.ts";
import type { Seat } from "./command.ts";
import { explainUnknown, refuseName } from "./entry_name.ts";
import { toJobJson } from "./job_json.ts";
import type { JobsJson } from "./jobs_schema.ts";
import { look } from "./look.ts";
import { print } from "./print.ts";
import type { Moment, Style } from "./screen.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import { formatDistance, formatSpan, formatWhen } from "./times.ts";

/** Prints the jobs that match `filter`. Exit code 2 if no entry has the name that it asks for. */
export async function showJobs(
  seat: Seat,
  path: string,
  filter: JobFilter,
  asJson: boolean,
): Promise<ExitCode> {
  const looked = await look(seat, path, (reader, { text }) => {
    const refusal = filter.plugin === undefined ? undefined : refuseName(reader, filter.plugin);
    const jobs = refusal === undefined ? listJobs(reader, filter) : [];
    return { text, refusal, jobs, ids: shortenIds(reader, asJson ? [] : jobs.map(({ id }) => id)) };
  });
  if (!looked.ok) return looked.code;
  const { text, refusal, jobs, ids } = looked.value;
  if (refusal !== undefined) {
    complain(await explainUnknown(refusal, filter.plugin, text));
    return ExitCode.usage;
  }
  const json: JobsJson = { jobs: jobs.map(toJobJson) };
  return print(
    asJson ? formatJson(json) : renderJobs(jobs, ids, { ...seat.screen, now: seat.screen.now() }),
  );
}

const COLUMNS: readonly Column[] = [
  { title: "JOB" },
  { title: "ENTRY", atLeast: 16 },
  { title: "STATUS" },
  { title: "WHEN" },
  { title: "TOOK", align: "right" },
  { title: "NOTE", atLeast: 8 },
];

/** Columns from which there is room for the clock. */
const WIDE = 100;

/** The colour of a job's or an attempt's status. */
export const STYLES: Readonly<Record<string, Style>> = {
  succeeded: "green",
  failed: "red",
  dead: "red",
  running: "yellow",
};

/** A table of jobs. */
export function renderJobs(
  jobs: readonly ListedJob[],
  shortIds: ReadonlyMap<string, string>,
  screen: Moment,
): string {
  if (jobs.length === 0) return "no jobs";
  const time = screen.columns < WIDE ? formatDistance : formatWhen;
  const rows = jobs.map((job) => toRow(job, shortIds.get(job.id) ?? job.id, screen.now, time));
  return renderTable(COLUMNS, rows, screen);
}

function toRow(
  job: ListedJob,
  id: string,
  now: number,
  time: typeof formatWhen,
): readonly (string | Cell)[] {
  return [
    id,
    job.plugin,
    { text: job.status, style: STYLES[job.status] },
    describeWhen(job, now, time),
    describeTook(job, now),
    describeNote(job),
  ];
}

/** Its end; of a job that runs, its start; of one that waits, when it may start. */
function describeWhen(job: ListedJob, now: number, time: typeof formatWhen): string {
  const { status, startedAt = NaN, completedAt = NaN, notBefore = now } = job;
  if (status === "running") return time(startedAt, now);
  if (status !== "queued") return time(completedAt, now);
  return notBefore > now ? time(notBefore, now) : "due";
}

function describeTook({ status, startedAt, durationMs }: ListedJob, now: number): string {
  if (status === "running") return formatSpan(now - (startedAt ?? NaN), 1_000);
  return durationMs === undefined ? "" : formatSpan(durationMs);
}

function describeNote({ command, status, attempt, maxAttempts, lastError, reason }: ListedJob) {
  const notes = [
    command === "poll" ? "" : command,
    attempt > 1 ? `try ${attempt}/${maxAttempts}` : "",
    status === "succeeded" ? "" : lastError ?? reason ?? "",
  ];
  return notes.filter((note) => note !== "").join(", ");
}
