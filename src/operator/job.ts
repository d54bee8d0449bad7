import { complain } from "../base/complain.ts";
import { ExitCode } from "../base/exit_code.ts";
import { formatJson } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { type AttemptFacts, readAttempts } from "../reader/attempts.ts";
import { readNames } from "../reader/entries.ts";
import type { WholeJob } from "../reader/jobs.ts";
import { describeEnd, renderWords } from "./attempt_text.ts";
import type { Seat } from "./command.ts";
import { findJob } from "./job_id.ts";
import { toWholeJson } from "./job_json.ts";
import { STYLES } from "./jobs.ts";
import { look } from "./look.ts";
import { print } from "./print.ts";
import { type Moment, paint } from "./screen.ts";
import { formatWhen } from "./times.ts";

/** Prints all that is known of one job. Exit code 2 if `id` is not the beginning of one. */
export async function showJob(
  seat: Seat,
  path: string,
  id: string,
  asJson: boolean,
): Promise<ExitCode> {
  const looked = await look(seat, path, (reader) => {
    const found = findJob(reader, id, readNames(reader));
    return { found, attempts: found.ok ? readAttempts(reader, found.job) : [] };
  });
  if (!looked.ok) return looked.code;
  const { found, attempts } = looked.value;
  if (!found.ok) {
    complain(found.error);
    return ExitCode.usage;
  }
  return print(
    asJson
      ? formatJson(toWholeJson(found.job, attempts))
      : renderJob(found.job, attempts, { ...seat.screen, now: seat.screen.now() }),
  );
}

/** The facts of a job, a line each, then its attempts with all that its plugin wrote. */
export function renderJob(
  job: WholeJob,
  attempts: readonly AttemptFacts[],
  screen: Moment,
): string {
  const { now } = screen;
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ["job", job.id],
    ["entry", job.plugin],
    ["command", job.command],
    ["status", describeStatus(job, now)],
    ["due", formatWhen(job.dueAt, now)],
    ["queued", `${formatWhen(job.createdAt, now)}, by ${job.submittedBy}`],
    ["ended", job.completedAt === undefined ? undefined : formatWhen(job.completedAt, now)],
    ["error", job.lastError],
    ["payload", job.payload === "{}" ? undefined : job.payload],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [paint(name.padEnd(8), "dim", screen) + paintStatus(name, escapeUnseen(value), job, screen)]
  );
  return [lines.join("\n"), ...attempts.map((one) => renderAttempt(one, screen))].join("\n\n");
}

function paintStatus(name: string, text: string, { status }: WholeJob, screen: Moment): string {
  return name === "status" ? paint(text, STYLES[status], screen) : text;
}

function describeStatus(job: WholeJob, now: number): string {
  const { status, attempt, maxAttempts, notBefore, startedAt, pid } = job;
  const which = `attempt ${attempt} of ${maxAttempts}`;
  if (status === "running") {
    const process = pid === undefined ? "" : `, pid ${pid}`;
    return `running, ${which} since ${formatWhen(startedAt ?? NaN, now)}${process}`;
  }
  if (status !== "queued") return `${status} at ${which}`;
  const isWaiting = notBefore !== undefined && notBefore > now;
  return `queued, ${which} ${isWaiting ? `at ${formatWhen(notBefore, now)}` : "is due"}`;
}

function renderAttempt(attempt: AttemptFacts, screen: Moment): string {
  const when = formatWhen(attempt.endedAt, screen.now);
  const title = `attempt ${attempt.attempt}  ${when}  ${describeEnd(attempt, screen)}`;
  return [title, ...renderWords(attempt, true)].join("\n");
}
