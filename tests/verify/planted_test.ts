import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { PROMISE_IDS } from "../../src/verify/verify.ts";
import { findingsIn } from "../support/verified.ts";
import { createSite } from "../support/site.ts";

const OK = `#!/bin/bash\ncat > /dev/null; echo '{"status":"ok","state_updates":{"n":1}}'`;
const FLAKY = `#!/bin/bash
read -r request
case $request in *'"attempt":1'[,}]*) echo no >&2; exit 1;; esac
echo '{"status":"ok"}'`;

/** Every kind of job: succeeded, retried, failed for good, waiting, interrupted, running and ready. */
const PLUGINS = {
  good: { script: OK, entry: "{ schedule: { every: 1h, jitter: 10m } }" },
  often: { script: OK, entry: "{ schedule: { every: 100ms } }" },
  flaky: { script: FLAKY, entry: "{ schedule: { every: 1h }, retry: { backoff_base: 100ms } }" },
  broken: { script: "#!/bin/bash\nexit 3" },
  misset: { script: "#!/bin/bash\nexit 78", entry: "{ schedule: { every: 1h }, retry: {} }" },
  waits: {
    script: "#!/bin/bash\nexit 1",
    entry: "{ schedule: { every: 2h }, retry: { backoff_base: 1h } }",
  },
  hangs: { script: "#!/bin/bash\nexec sleep 60" },
};

const runNow = (plugin: string, id: string) =>
  `INSERT INTO job_queue
    (id, plugin, command, payload, status, attempt, max_attempts, submitted_by, created_at)
  VALUES ('${id}', '${plugin}', 'poll', '{}', 'queued', 1, 4, 'operator',
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`;

/** A database that the real gateway wrote, with a kill in between and one at the end. */
async function writeDatabase(): Promise<string> {
  await using site = createSite(PLUGINS, "max_running: 8");
  const first = site.start();
  await first.loggedTimes("Job succeeded", 4);
  await first.logged("Job succeeded", { plugin: "flaky" });
  await first.logged("Plugin spawned", { plugin: "hangs" });
  await first.logged("Job failed", { plugin: "broken" });
  await first.kill();
  const second = site.start();
  await second.logged("Plugin spawned", { plugin: "hangs" });
  await second.logged("Tick");
  const failures = [["misset", "Job failed"], ["waits", "Job failed, retrying"]] as const;
  for (const [plugin, said] of failures) {
    site.execute(runNow(plugin, `z-${plugin}`));
    await second.logged(said, { plugin });
  }
  site.execute(runNow("hangs", "ready"));
  await second.kill();
  const folder = Deno.makeTempDirSync({ prefix: "senechal-verify-" });
  const path = `${folder}/whole.db`;
  site.query(`VACUUM INTO '${path}'`);
  return path;
}

const WHOLE = await writeDatabase();
addEventListener(
  "unload",
  () => Deno.removeSync(WHOLE.replace("/whole.db", ""), { recursive: true }),
);

/** What is found after these statements have run on a copy of the database. */
function plant(sql: string): readonly string[] {
  const path = WHOLE.replace("whole.db", "planted.db");
  Deno.copyFileSync(WHOLE, path);
  using db = new DatabaseSync(path);
  const before = db.prepare("SELECT total_changes() AS n").get()?.n;
  db.exec(sql);
  assert.notEqual(db.prepare("SELECT total_changes() AS n").get()?.n, before, "it changes a row");
  db.close();
  return findingsIn(path).map(({ promise, table, key, what }) =>
    `${promise} ${table} ${key}: ${what}`
  );
}

Deno.test("a database that the gateway wrote, and that a kill left, keeps every promise", () => {
  assert.deepEqual(findingsIn(WHOLE), []);
});

/** The job of a plugin. */
const jobOf = (plugin: string) =>
  `(SELECT max(id) FROM job_queue WHERE plugin = '${plugin}' AND id <> 'ready')`;
const setJob = (plugin: string, change: string) =>
  `UPDATE job_queue SET ${change} WHERE id = ${jobOf(plugin)}`;
const setAttempt = (plugin: string, change: string, attempt = 1) =>
  `UPDATE job_log SET ${change} WHERE job_id = ${jobOf(plugin)} AND attempt = ${attempt}`;
const setEntry = (plugin: string, change: string) =>
  `UPDATE entries SET ${change} WHERE name = '${plugin}'`;
const moved = (column: string, by: string) =>
  `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '${by}')`;

/** Repeats an attempt of a plugin's job as its attempt `n`. */
const repeat = (plugin: string, n: number) =>
  `CREATE TEMP TABLE t AS SELECT * FROM job_log WHERE job_id = ${jobOf(plugin)} LIMIT 1;
  UPDATE t SET id = (SELECT max(id) + 1 FROM job_log), attempt = ${n}, counted = 0,
    started_at = (SELECT max(completed_at) FROM job_log);
  UPDATE t SET completed_at = started_at;
  INSERT INTO job_log SELECT * FROM t; DROP TABLE t`;

/** What a database holds that no gateway wrote, and what is found of it. */
const PLANTED: readonly (readonly [what: string, sql: string, ...found: readonly RegExp[]])[] = [
  [
    "a number that would be given twice",
    "UPDATE sqlite_sequence SET seq = 1",
    /^queue.numbers sqlite_sequence name job_queue: seq is 1; expected at least \d+$/,
  ],
  [
    "a waiting job whose payload is no object",
    setJob("waits", "payload = '[]'"),
    /^queue.readable job_queue seq \d+, id [\w-]+: .*column payload holds "\[\]"/,
  ],
  [
    "a finished job whose payload is no JSON",
    setJob("good", "payload = '{'"),
    /^queue.readable job_queue .*: its payload is not a JSON object$/,
  ],
  [
    "a waiting job with an unreadable time",
    setJob("waits", "created_at = 'now'"),
    /^queue.readable job_queue .*column created_at holds "now"/,
    /^log.same job_log .*: created_at is .*; expected now$/,
  ],
  [
    "a finished job without its end",
    setJob("good", "completed_at = NULL"),
    /^queue.status job_queue .*: succeeded without completed_at$/,
    /^log.final job_queue .*: completed_at is NULL; expected /,
  ],
  [
    "a finished job with a process",
    setJob("good", "pid = 4711"),
    /^queue.status job_queue .*: succeeded with a pid$/,
  ],
  [
    "a running job that has ended",
    setJob("hangs", "completed_at = started_at"),
    /^queue.status job_queue .*: running with a completed_at$/,
  ],
  [
    "a running job that has not started",
    setJob("hangs", "started_at = NULL"),
    /^queue.status job_queue .*: running without started_at$/,
  ],
  [
    "more attempts than a job may have",
    setJob("waits", "max_attempts = 1"),
    /^queue.attempts job_queue .*: attempt 2 of 1$/,
    /^log.verdict job_log .*: status is failed, .*; expected failed without another attempt$/,
  ],
  [
    "a job that waits although it is finished",
    setJob("good", "not_before = completed_at, waits_since = completed_at"),
    /^queue.wait job_queue .*: succeeded with not_before /,
  ],
  [
    "a job that waits since nobody knows when",
    setJob("waits", "waits_since = NULL"),
    /^queue.wait job_queue .*: not_before is .*, waits_since NULL$/,
  ],
  [
    "a job that waits longer than its attempt said",
    setJob("waits", moved("not_before", "+1 day")),
    /^queue.wait job_queue .*: it waits for \d+ ms; its attempt said \d+ ms$/,
  ],
  [
    "a second job of an entry that runs",
    "UPDATE job_queue SET status = 'running', started_at = created_at WHERE id = 'ready'",
    /^queue.running job_queue .*: it runs beside seq \d+, id .*, also of hangs$/,
  ],
  [
    "a head of the queue that is missing",
    "DROP TRIGGER queue_head_deleted; DELETE FROM queue_head",
    /^queue.heads queue_head plugin hangs: there is no such row; expected seq \d+$/,
  ],
  [
    "a head of the queue that is not ready",
    `INSERT INTO queue_head SELECT plugin, seq FROM job_queue WHERE id = ${jobOf("good")}`,
    /^queue.heads queue_head plugin good: seq is \d+; expected no row: no job of it is ready$/,
  ],
  [
    "a time in the log as no gateway writes it",
    setAttempt("good", "completed_at = '2026-01-01'"),
    /^log.readable job_log id \d+, job .*: "2026-01-01" is not such a time$/,
    /^log.final job_queue .*: completed_at is .*; expected 2026-01-01$/,
    /^state.history state_history .*plugin good: job [\w-]+ has no attempt that ended at /,
    /^health.fold /,
  ],
  [
    "a negative duration",
    setAttempt("good", "duration_ms = -1, counted = 0"),
    /^log.readable job_log .*: duration_ms is -1$/,
  ],
  [
    "an attempt of no job",
    `DELETE FROM job_queue WHERE id = ${jobOf("good")}`,
    /^log.job job_log .*: its job is not in job_queue$/,
  ],
  [
    "an attempt of another entry",
    setAttempt("broken", "plugin = 'other', counted = 0"),
    /^log.same job_log .*: plugin is "other"; expected "broken"$/,
  ],
  [
    "an attempt that was submitted by someone else",
    setAttempt("good", "submitted_by = 'me'"),
    /^log.same job_log .*: submitted_by is "me"; expected "scheduler"$/,
  ],
  [
    "a lost first attempt",
    `DELETE FROM job_log WHERE job_id = ${jobOf("flaky")} AND attempt = 1`,
    /^log.consecutive job_queue .*: job_log has the attempts 2; expected 1 to 2$/,
  ],
  [
    "an attempt that is stored twice",
    repeat("flaky", 1),
    /^log.consecutive job_queue .*: job_log has the attempts 1, 2, 1; expected 1 to 2$/,
    /^log.final job_queue .*: job_log has an attempt after its final one$/,
    /^log.verdict /,
  ],
  [
    "a running job with too few attempts",
    setJob("hangs", "attempt = 3"),
    /^log.consecutive job_queue .*: job_log has the attempts 1; expected 1 to 2$/,
  ],
  [
    "a finished job without an attempt",
    `DELETE FROM job_log WHERE job_id = ${jobOf("good")}`,
    /^log.final job_queue .*: succeeded, but job_log has no final attempt of it$/,
    /^state.history state_history .*plugin good: job [\w-]+ has no attempt that ended at /,
  ],
  [
    "two final attempts",
    repeat("good", 2),
    /^log.consecutive /,
    /^log.final job_queue .*: job_log has 2 final attempts of it$/,
  ],
  [
    "a final attempt of a job that goes on",
    setAttempt("hangs", "next_attempt_at = NULL"),
    /^log.final job_queue .*: running, but attempt 1 was its last one$/,
    /^log.verdict job_log .*: status is interrupted, next_attempt_at NULL; expected interrupted with another attempt at once$/,
    /^health.fold health plugin hangs, command poll: there is no such row$/,
    /^totals.count totals plugin hangs, command poll, outcome interrupted, .*: there is no such row/,
  ],
  [
    "a job whose end is not that of its attempt",
    setJob("broken", "status = 'dead'"),
    /^log.final job_queue .*: status is dead; expected failed, as in job_log$/,
  ],
  [
    "a job that ended at another time",
    setJob("broken", moved("completed_at", "+1 hour")),
    /^log.final job_queue .*: completed_at is .*; expected /,
  ],
  [
    "a job with another error than its attempt",
    setJob("broken", "last_error = 'other'"),
    /^log.final job_queue .*: last_error is not that of its final attempt$/,
  ],
  [
    "an interrupted job that died too early",
    setAttempt("hangs", "status = 'dead', next_attempt_at = NULL, counted = 0") + ";" +
    setJob(
      "hangs",
      "status = 'dead', attempt = 1, pid = NULL, completed_at = " +
        `(SELECT completed_at FROM job_log WHERE job_id = ${jobOf("hangs")}), last_error = ` +
        `(SELECT last_error FROM job_log WHERE job_id = ${jobOf("hangs")})`,
    ),
    /^log.verdict job_log .*: status is dead, .*; expected interrupted with another attempt at once$/,
  ],
  [
    "a failure that was retried against its exit code",
    setAttempt("flaky", "exit_code = 78"),
    /^log.verdict job_log .*: status is failed, .*; expected failed without another attempt$/,
  ],
  [
    "a failure that was retried against its answer",
    setAttempt("flaky", "retry = 0"),
    /^log.verdict job_log .*: status is failed, .*; expected failed without another attempt$/,
  ],
  [
    "a failure that should have been retried",
    setAttempt("misset", "exit_code = 1"),
    /^log.verdict job_log .*: status is failed, next_attempt_at NULL; expected failed with another attempt from /,
  ],
  [
    "a retry sooner than its policy says",
    `${setAttempt("waits", moved("next_attempt_at", "-30 minutes"))};
    ${setJob("waits", moved("not_before", "-30 minutes"))}`,
    /^log.verdict job_log .*; expected failed with another attempt from .* to /,
  ],
  [
    "a success with an error",
    setAttempt("good", "reason = 'exit'"),
    /^log.verdict job_log .*: status is succeeded, next_attempt_at NULL; expected failed /,
    /^log.verdict job_log .*: last_error is NULL, reason exit$/,
  ],
  [
    "a reason that there is not",
    setAttempt("broken", "reason = 'fate'"),
    /^log.verdict job_log .*: reason is "fate"$/,
  ],
  [
    "a success with an exit code",
    setAttempt("good", "exit_code = 1"),
    /^log.verdict job_log .*: it succeeded with exit_code 1; expected 0$/,
  ],
  [
    "two attempts of one entry at once",
    `UPDATE job_log SET started_at = (SELECT min(started_at) FROM job_log AS other
      WHERE other.job_id = job_log.job_id) WHERE job_id = ${jobOf("flaky")} AND attempt = 2`,
    /^log.overlap job_log id \d+, plugin flaky: started at .*, before id \d+ ended at /,
  ],
  [
    "a job that started before the last attempt of its entry ended",
    `UPDATE job_queue SET started_at = (SELECT started_at FROM job_log WHERE plugin = 'hangs')
      WHERE id = ${jobOf("hangs")}`,
    /^log.overlap job_queue .*: started at .*, before job_log id \d+ ended at /,
  ],
  [
    "a state that is no object",
    "UPDATE plugin_state SET state = '[1]' WHERE plugin_name = 'good'",
    /^state.object plugin_state plugin_name good: .*is not a JSON object/,
  ],
  [
    "a change of a state that no attempt made",
    "UPDATE state_history SET job_id = 'none' WHERE id = (SELECT min(id) FROM state_history)",
    /^state.history state_history id \d+, plugin \w+: job none has no attempt that ended at /,
  ],
  [
    "a change of a state that changed nothing",
    `UPDATE state_history SET former = '{"n": [1]}' WHERE plugin = 'good'`,
    /^state.history state_history id \d+, plugin good: it replaced "n" by itself$/,
  ],
  [
    "a change of a state that cannot be read",
    `UPDATE state_history SET former = '{"n": 1}' WHERE plugin = 'good'`,
    /^state.history state_history id \d+, plugin good: former is not a list of values by key$/,
  ],
  [
    "a next run before its draw",
    "UPDATE schedule SET next_run_at = last_run_at WHERE plugin = 'good'",
    /^schedule.draw schedule plugin good: next_run_at is .*; expected .* to /,
  ],
  [
    "a next run after its draw",
    `UPDATE schedule SET ${moved("next_run_at", "+1 day")} WHERE plugin = 'good'`,
    /^schedule.draw schedule plugin good: next_run_at is .*; expected .* to /,
  ],
  [
    "a plan that cannot be read",
    "UPDATE schedule SET next_run_at = 'soon' WHERE plugin = 'good'",
    /^schedule.draw schedule plugin good: .*column next_run_at holds "soon"/,
  ],
  [
    "a plan for another schedule than that of the entry",
    setEntry("good", `schedule = '{"everyMs": 3600001, "jitterMs": 600000}'`),
    /^schedule.draw schedule plugin good: drawn for every 3600000 ms, .*; the entry says 3600001 /,
  ],
  [
    "an entry without settings",
    setEntry("broken", "settings = NULL"),
    /^entries.complete entries name broken: enabled without folder, schedule or settings$/,
  ],
  [
    "an attempt beyond all numbers",
    setJob("broken", "attempt = 9223372036854775807"),
    /^queue.attempts job_queue .*: attempt 9007199254740991 of \d+$/,
    /^log.consecutive job_queue .*: job_log has the attempts 1; expected 1 to 9007199254740991$/,
  ],
  [
    "an entry without a schedule",
    setEntry("broken", "schedule = NULL"),
    /^entries.complete entries name broken: enabled without folder, schedule or settings$/,
  ],
  [
    "an entry with a duration that leads out of all time",
    setEntry("broken", `schedule = '{"everyMs": 3600000, "jitterMs": 1e300}'`),
    /^entries.complete entries name broken: its durations are 3600000, 1e\+300, 0, 0 ms$/,
  ],
  [
    "an attempt that ended on no day",
    setAttempt("broken", "completed_at = '2026-13-45T99:99:99.999Z'"),
    /^log.readable job_log id \d+, job .*: "2026-13-45T99:99:99.999Z" is not such a time$/,
    /^log.final job_queue seq \d+, .*: completed_at is .*; expected 2026-13-45T99:99:99.999Z$/,
  ],
  [
    "an entry that is refused for no reason",
    setEntry("broken", "status = 'refused', folder = NULL, settings = NULL, schedule = NULL"),
    /^entries.complete entries name broken: refused without a refusal$/,
  ],
  [
    "entries of two starts",
    setEntry("broken", "config_digest = 'other'"),
    /^entries.complete entries name \*: its rows are of 2 starts$/,
  ],
  [
    "too many failures in a row",
    "UPDATE health SET failures = 2 WHERE plugin = 'broken'",
    /^health.fold health plugin broken, command poll: failures is 2; expected 1$/,
  ],
  [
    "too few failures in a row",
    "UPDATE health SET failures = 0 WHERE plugin = 'broken'",
    /^health.fold health plugin broken, command poll: failures is 0; expected 1$/,
  ],
  [
    "a failure that never was",
    "UPDATE health SET last_failure_at = last_success_at WHERE plugin = 'good'",
    /^health.fold health plugin good, command poll: last_failure_at is .*; expected NULL$/,
  ],
  [
    "another last success",
    `UPDATE health SET ${moved("last_success_at", "+1 second")} WHERE plugin = 'good'`,
    /^health.fold health plugin good, command poll: last_success_at is .*; expected /,
  ],
  [
    "no health of an entry that ran",
    "DELETE FROM health WHERE plugin = 'good'",
    /^health.fold health plugin good, command poll: there is no such row$/,
  ],
  [
    "fewer attempts than there were",
    "UPDATE totals SET attempts = 0 WHERE plugin = 'broken'",
    /^totals.count totals plugin broken, .*: attempts is 0; job_log has 1$/,
  ],
  [
    "less time than there was",
    "UPDATE totals SET duration_ms = -1 WHERE plugin = 'broken'",
    /^totals.count totals plugin broken, .*: duration_ms is -1; job_log has /,
  ],
  [
    "no count of a plugin",
    "DELETE FROM totals WHERE plugin = 'broken'",
    /^totals.count totals plugin broken, .*: there is no such row, but job_log has attempts$/,
  ],
  [
    "a bucket that there is not",
    "UPDATE totals SET le_ms = 5 WHERE plugin = 'broken'",
    /^totals.count totals plugin broken, .*le_ms 5: le_ms is no bound of a bucket$/,
    /^totals.count totals plugin broken, .*: there is no such row, but job_log has attempts$/,
  ],
];

for (const [what, sql, ...found] of PLANTED) {
  Deno.test(`verify finds ${what}`, () => {
    const findings = plant(sql);
    const [unfound, unexpected] = [
      found.filter((one) => !findings.some((finding) => one.test(finding))),
      findings.filter((finding) => !found.some((one) => one.test(finding))),
    ];
    assert.deepEqual({ unfound, unexpected }, { unfound: [], unexpected: [] });
  });
}

Deno.test("each promise but that of the file is broken by one of these", () => {
  const sources = PLANTED.flatMap(([, , ...found]) => found.map(({ source }) => source));
  const others = ["database.whole", "clock.order"];
  const missing = PROMISE_IDS.filter((id) => !others.includes(id))
    .filter((id) => !sources.some((source) => source.startsWith(`^${id} `)));
  assert.deepEqual(missing, []);
});
