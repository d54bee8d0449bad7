import { mutate, type MutatedFile } from "./mutant.ts";

export const HISTORY: readonly MutatedFile[] = [
  mutate(
    "reader/job_list.ts",
    ["tests/reader/job_list_test.ts"],
    [
      "[...running, ...queued, ...ended]",
      "[...queued, ...running, ...ended]",
      "running jobs are buried",
    ],
    [
      "AND seq NOT IN (SELECT seq FROM job_queue WHERE status = 'running')",
      "",
      "a running job is listed twice",
    ],
    ["ORDER BY log.id DESC LIMIT ?", "ORDER BY log.id LIMIT ?", "jobs lists the oldest ones"],
    ['["log.completed_at >= ? AND log.id >= ?"]', '["? < ?"]', "--since lists everything"],
    [
      '"log.next_attempt_at IS NULL AND job.status = log.status"',
      '"job.status = log.status"',
      "a job that was retried is listed twice",
    ],
    [
      'since === undefined ? "" : "AND job.completed_at >= ?"',
      '"AND job.completed_at >= ?"',
      "a job that a person ended is not listed",
    ],
    [".sort(byEnd)", "", "failed and dead jobs are not in the order of their ends"],
    [
      "return [...running, ...queued, ...ended].slice(0, filter.limit);",
      "return [...running, ...queued, ...ended];",
      "--last lists more",
    ],
  ),
  mutate(
    "reader/attempts.ts",
    ["tests/reader/attempts_test.ts"],
    [
      '...["last_error", "stderr", "stdout"].map(exactText)',
      '"last_error, stderr, stdout"',
      "output ends at a NUL",
    ],
    [
      "WHERE next_attempt_at IS NULL AND job_id = ?",
      "WHERE next_attempt_at IS NULL AND job_id > ?",
      "a job shows attempts of another",
    ],
    [
      "WHERE next_attempt_at IS NOT NULL AND job_id = ?",
      "WHERE next_attempt_at IS NOT NULL AND job_id > ?",
      "a job hides its first attempts",
    ],
    [
      'max(max(${last("failed")}, ${last("dead")}))',
      'max(${last("failed")})',
      "the last failure of a dead job is not found",
    ],
    [".map(toAttempt).reverse();", ".map(toAttempt);", "log shows the newest attempt first"],
  ),
  mutate(
    "reader/jobs.ts",
    ["tests/reader/jobs_test.ts"],
    [
      "if (findIds(reader, short, 2).length < 2) return short;",
      "return short;",
      "a short id means two jobs",
    ],
    ["beginning + LAST,", "beginning,", "an id cut short finds nothing"],
    [
      "for (let length = text.length; length > 0; length--)",
      "for (let length = 1; length > 0; length--)",
      "an unknown id gets any other",
    ],
  ),
  mutate(
    "operator/block.ts",
    ["tests/operator/block_test.ts"],
    ['line.split("\\t").map(escapeUnseen).join("\\t")', "line", "a plugin controls the terminal"],
    ["`    ${line}`", "line", "a plugin's line passes for one of the program"],
  ),
  mutate(
    "operator/attempt_text.ts",
    ["tests/operator/job_test.ts"],
    ['["answer", withAnswer ? stdout : undefined],', "", "job hides the answer of a failure"],
    [
      "`, next try ${formatTime(retryAt, screen.now)}`",
      '""',
      "job does not say when it is retried",
    ],
  ),
  mutate(
    "operator/job_id.ts",
    ["tests/operator/job_test.ts"],
    [
      "if (exact !== undefined) return { ok: true, job: exact };",
      "",
      "a whole id that others begin with is ambiguous",
    ],
    ["ids.length === 1 && id !== undefined", "id !== undefined", "an ambiguous id shows any job"],
    ["...lines, ...more].map(escapeUnseen)", "...lines, ...more]", "an id controls the terminal"],
  ),
  mutate(
    "operator/jobs.ts",
    ["tests/operator/jobs_test.ts"],
    [
      'return notBefore > now ? time(notBefore, now) : "due";',
      'return "due";',
      "jobs does not say when a job is retried",
    ],
    [
      "filter.plugin, text));\n    return ExitCode.usage;",
      "filter.plugin, text));\n    return ExitCode.ok;",
      "a script takes an unknown entry for one without jobs",
    ],
  ),
  mutate(
    "operator/log_source.ts",
    ["tests/operator/log_test.ts"],
    ["hasMore ? news.at(-1)?.row ?? last : last", "last", "log -f loses attempts"],
    ["job === undefined || jobId === job.id", "true", "log ID -f shows other jobs"],
    [
      'status === "failed" || status === "dead"',
      "true",
      "the last failure of a job is its last attempt",
    ],
  ),
  mutate(
    "operator/log.ts",
    ["--filter=/log -f/", "tests/operator/log_test.ts"],
    ["if (ended !== undefined) return ended;", "", "log -f outlives its reader"],
    [
      ": { ...page, attempts: [], hasMore: false };",
      ": page;",
      "log -f repeats itself while the database is away",
    ],
  ),
  mutate(
    "operator/command.ts",
    ["tests/operator/completions_test.ts"],
    [
      "{ ...around.env, ...configIn(words) }",
      "around.env",
      "completions take another config than the command will",
    ],
  ),
  mutate(
    "operator/proposals.ts",
    ["tests/operator/completions_test.ts"],
    [
      "      short.startsWith(partial) ? short : id",
      "      short",
      "a longer id is completed to a shorter one",
    ],
  ),
  mutate(
    "operator/values.ts",
    ["tests/operator/jobs_test.ts"],
    [
      "if (ago !== undefined) return this.screen.now() - ago;",
      "if (ago !== undefined) return ago;",
      "--since 2h lists everything",
    ],
    [
      'local?.length === "2026-01-31".length ? `${local}T00:00` : local ?? ""',
      "text",
      "--since takes a date in UTC",
    ],
  ),
];
