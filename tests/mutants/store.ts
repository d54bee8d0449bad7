import { mutate, type MutatedFile } from "./mutant.ts";

export const STORE: readonly MutatedFile[] = [
  mutate(
    "store/jobs.ts",
    ["tests/store/jobs_test.ts"],
    [
      "SELECT id FROM job_queue WHERE plugin = ? AND ${IS_LIVE} LIMIT 1",
      "SELECT id FROM job_queue WHERE plugin = ? AND status = 'queued' LIMIT 1",
      "a running plugin gets a second job",
    ],
    [
      "SET status = 'running', started_at = ?, pid = NULL",
      "SET status = 'running', started_at = ?",
      "a claim keeps the pid of the previous attempt, and recovery ends a stranger",
    ],
    ["ORDER BY head.seq LIMIT 1)", "ORDER BY head.seq DESC LIMIT 1)", "the newest job runs first"],
    [
      "WHERE plugin NOT IN (SELECT value FROM json_each(?)) AND",
      "WHERE plugin NOT IN (SELECT '' || ?) AND",
      "a plugin that is held back runs",
    ],
    [
      "WHERE other.plugin = head.plugin AND other.status = 'running')",
      "WHERE false)",
      "an orphan's plugin runs beside it",
    ],
    [
      "WHERE status = 'queued' AND attempt > 1 AND seq",
      "WHERE status = 'queued' AND attempt > 2 AND seq",
      "leftovers of a first attempt overlap the second",
    ],
    [
      "WHERE status = 'running' ORDER BY +seq`",
      "WHERE status = 'running' ORDER BY +seq LIMIT 1`",
      "recovery takes only the first orphan",
    ],
    [
      "[isoTime(notBefore), end]",
      "[null, null]",
      "a retry does not wait",
    ],
    [
      "SET status = ?, completed_at = ?, last_error = ?, pid = NULL",
      "SET status = ?, completed_at = ?, last_error = ?",
      "a finished job keeps a pid that another process has by now",
    ],
    [
      "UPDATE job_queue SET pid = ? WHERE id = ? AND status = 'running'",
      "UPDATE job_queue SET pid = ? WHERE id = ?",
      "a job that is no longer running gets a pid",
    ],
    [
      "SET status = 'queued', attempt = ?,",
      "SET status = 'queued', pid = NULL, attempt = ?,",
      "recovery does not find the session of an interrupted attempt",
    ],
    [
      "this.#finish.run(verdict.status, end, error, job.seq, job.id).changes === 1",
      "this.#finish.run(verdict.status, end, error, job.seq, job.id).changes < 2",
      "a job that is no longer running is reported as settled",
    ],
    [
      "throw this.#hasNumbersLeft() ? error : new DatabaseUnusable(NO_NUMBERS_LEFT);",
      "throw error;",
      "used-up row numbers are reported as a full disk, and the gateway waits",
    ],
  ),
  mutate(
    "store/attempts.ts",
    ["tests/store/attempts_test.ts"],
    [
      'ending.reason === "interrupted" ? "interrupted" : "failed"',
      'ending.reason === "interrupted" ? "interrupted" : "interrupted"',
      "job_log calls a failure that is retried interrupted",
    ],
    [
      "isoTime(verdict.notBefore ?? attempt.endedAt) : null",
      "null : null",
      "job_log takes each attempt for the last one",
    ],
    ["ending.ok ? null : ending.reason", "null", "job_log does not say why"],
    [
      "attempt.stderr.slice(0, MAX_KEPT_CHARS)",
      "attempt.stderr",
      "a row of job_log takes a megabyte",
    ],
    [
      "ending.ok ? null : attempt.stdout?.slice(0, MAX_KEPT_CHARS) ?? null",
      "ending.ok ? null : null",
      "the answer of a failed run is not kept",
    ],
    [
      "ending.ok ? null : attempt.stdout?.slice",
      'ending.ok || ending.reason === "error" ? null : attempt.stdout?.slice',
      "an answer that says error is not kept",
    ],
    [
      "ending.ok ? null : attempt.stdout?.slice",
      "attempt.stdout?.slice",
      "every answer is kept, for weeks",
    ],
    [
      "ending.answer?.retry === undefined ? null : Number(ending.answer.retry)",
      "null",
      "what the plugin says about retrying is lost",
    ],
    ["Math.round(attempt.durationMs)", "0", "durations are lost"],
  ),
  mutate(
    "store/job_row.ts",
    ["tests/store/job_row_test.ts"],
    [
      'if (!JOB_ID.test(id)) refuse("id", "1 to 200 visible characters of ASCII");',
      "",
      "leftovers of a job with a strange id are not found",
    ],
    [
      "{ ...job, pid: undefined, unreadable }",
      "{ ...job, unreadable }",
      "recovery ends whatever pid a person wrote into a row",
    ],
    [
      "parsed.ok && isJsonObject(parsed.value)",
      "parsed.ok",
      "a payload that is a list reaches the plugin",
    ],
    [
      "unreadable === undefined ? job :",
      "unreadable !== undefined ? job :",
      "a row that cannot be read runs",
    ],
  ),
  mutate(
    "sqlite/row.ts",
    ["tests/store/job_row_test.ts"],
    ["Number.isSafeInteger(value) ?", "true ?", "an attempt beyond 2^53 counts wrong"],
    ["fault ??= ", "fault = ", "only the last of several faults in a row is named"],
    [
      "return `CAST(${column} AS BLOB) AS ${column}`;",
      "return column;",
      "a text with a NUL passes for its beginning",
    ],
  ),
  mutate(
    "store/waits.ts",
    ["tests/store/waits_test.ts"],
    [
      "WHERE status = 'queued' AND not_before <= ?`",
      "WHERE status = 'queued' AND not_before < ?`",
      "a retry never runs",
    ],
    [
      "isoTime(now + waitMs), isoTime(now)",
      "isoTime(now), isoTime(now)",
      "a clock set back makes retries run at once",
    ],
    ["AND waits_since > ?`", "AND waits_since < ?`", "a clock set back strands a retry"],
    [
      "this.#deleteWrongHeads.run();",
      "true;",
      "a job that another program replaced stops its plugin",
    ],
  ),
  mutate(
    "store/accounts.ts",
    ["tests/store/accounts_test.ts"],
    [
      "DO UPDATE SET failures = excluded.failures",
      "DO UPDATE SET failures = failures",
      "the breaker never opens",
    ],
    [
      "last_failure_at = excluded.last_failure_at",
      "last_failure_at = last_failure_at",
      "the breaker closes too early",
    ],
  ),
  mutate(
    "store/accounts.ts",
    ["tests/store/accounts_test.ts"],
    ["attempts = min(attempts, ${CEILING}) + 1", "attempts = attempts", "runs are not counted"],
    [
      "attempts = min(attempts, ${CEILING}) + 1",
      "attempts = attempts + 1",
      "a counter that is full stops its plugin",
    ],
    [
      "min(duration_ms, ${CEILING}) + excluded.duration_ms",
      "excluded.duration_ms",
      "durations are not summed up",
    ],
    ["ms <= bound", "ms < bound", "a duration is in the wrong bucket"],
  ),
  mutate(
    "store/history.ts",
    ["tests/store/history_test.ts"],
    [
      "WHERE completed_at < ? AND id IN (",
      "WHERE (completed_at < ? OR completed_at IS NULL) AND id IN (",
      "pruning deletes jobs that are queued or running",
    ],
    [
      "WHERE completed_at > ? AND id IN (",
      "WHERE (completed_at > ? OR completed_at IS NULL) AND id IN (",
      "pruning deletes jobs that run again after the clock was set back",
    ],
    [
      "SELECT id FROM job_log WHERE completed_at < ? ORDER BY completed_at LIMIT ${BATCH})\n    `);\n  }",
      "SELECT id FROM job_log WHERE completed_at <= ? ORDER BY completed_at LIMIT ${BATCH})\n    `);\n  }",
      "a row is deleted one millisecond early",
    ],
    [
      "more: attempts === BATCH || misdated === BATCH",
      "more: false",
      "pruning stops after one batch",
    ],
    [
      "const jobs = changed(this.#pruneJobs, before, before);",
      "const jobs = 0;",
      "finished jobs stay forever",
    ],
    [
      "const misdated = changed(this.#pruneMisdatedAttempts, after, before);",
      "const misdated = 0;",
      "rows dated in the future stay forever",
    ],
    [
      "const misdatedJobs = changed(this.#pruneMisdatedJobs, after, after, before);",
      "const misdatedJobs = 0;",
      "jobs dated in the future stay forever",
    ],
  ),
  mutate(
    "store/plans.ts",
    ["tests/store/plans_test.ts"],
    ["this.#known = undefined;", "", "a written plan is not seen"],
    [
      "if (!this.#db.isTransaction) this.#known",
      "this.#known",
      "a plan that was rolled back is kept in memory, and a run is lost",
    ],
    [
      "if (this.#known?.version === version) return",
      "if (this.#known) return",
      "an operator's change to the schedule is not seen",
    ],
    [
      "jitter_ms = excluded.jitter_ms",
      "jitter_ms = jitter_ms",
      "after a change of jitter, the plan is drawn again at each tick",
    ],
    [
      "last_run_at = excluded.last_run_at",
      "last_run_at = last_run_at",
      "the first run stays the last run forever",
    ],
  ),
  mutate(
    "store/states.ts",
    ["tests/store/states_test.ts"],
    [
      "DO UPDATE SET state = excluded.state",
      "DO UPDATE SET state = state",
      "only the first state is kept",
    ],
    [
      "if (bytes === undefined) return { ok: true, state: {} };",
      "if (bytes === undefined) return { ok: true, state: { first: true } };",
      "a new plugin has a state",
    ],
    [
      "if (parsed.ok && isJsonObject(parsed.value)) return",
      "if (parsed.ok) return",
      "a state that is a list reaches the plugin",
    ],
    ["this.#insertFormer.run(", "void (", "what a plugin's state was is lost"],
    ["this.#deleteOldest.run(plugin, plugin);", "", "the history of a state grows for ever"],
    [
      "if (bytes > KEPT_CHANGE_BYTES) this.#deleteExcess.run(plugin);",
      "",
      "large former states fill the disk",
    ],
    ["nth > 1 AND ", "", "the last change of a large state cannot be undone"],
    [
      "if (Object.keys(former).length === 0) return;",
      "",
      "changes that change nothing push out those that do",
    ],
  ),
  mutate(
    "store/heartbeats.ts",
    ["tests/store/heartbeats_test.ts"],
    [
      "booted_at = excluded.booted_at, started_at = excluded.started_at, tick_at = excluded.tick_at",
      "booted_at = excluded.booted_at, started_at = excluded.started_at",
      "the first sign of life stays the last one, and leftovers that started later are spared",
    ],
  ),
  mutate(
    "store/owner.ts",
    ["tests/store/owner_test.ts"],
    ["WHERE until <= ?", "WHERE until > ?", "a pause is forgotten before its end"],
    [
      "this.#deleteOld.run(isoTime(at - YEAR_MS));",
      "this.#deleteOld.run(isoTime(at));",
      "the audit forgets what operators did",
    ],
  ),
];
