import { mutate, type MutatedFile } from "./mutant.ts";

const TESTS = ["tests/dispatcher"];

export const DISPATCHER: readonly MutatedFile[] = [
  mutate(
    "dispatcher/settle.ts",
    TESTS,
    ["return store.transaction(() => {", "return (() => {", "a crash leaves half of a settle"],
    [
      "if (!store.jobs.settle(attempt, verdict)) return undefined;",
      "store.jobs.settle(attempt, verdict);",
      "a job that was taken away gets a second log row",
    ],
    ["store.attempts.add(attempt, verdict);", "", "job_log does not know of the run"],
    [
      "if (state !== undefined) store.states.write(job.plugin, state, endedAt);",
      "",
      "state is lost",
    ],
    ["if (!ending.ok || Object.keys", "if (Object.keys", "a failed run changes the state"],
  ),
  mutate(
    "dispatcher/dispatch.ts",
    TESTS,
    [
      "() => settle(parts, attempt), log, interrupt);",
      "() => settle(parts, attempt), log, stop);",
      "a settle gives up at a stop, and the job runs again",
    ],
    [
      "store.jobs.claim(now(), holds.plugins())",
      "store.jobs.claim(now())",
      "a plugin that is held back runs",
    ],
    [
      'if (attempt === "put off") return await putBack(parts, job);',
      'if (attempt === "put off") return { kind: "put off", job };',
      "a job that was put off stays running for ever",
    ],
    ["    running.delete(job);\n", "", "a stop waits for a plugin that has ended"],
    ['if (stop.aborted) return { kind: "stopping" };', "", "a stop still claims a job"],
  ),
  mutate(
    "dispatcher/attempt.ts",
    TESTS,
    [
      'if (run.leftovers.kind === "left") parts.holds.add(job, run.leftovers.left);',
      "",
      "a plugin that cannot be ended runs beside its next run",
    ],
    [
      "if (plugin === undefined) return notStarted(",
      "if (false) return notStarted(",
      "a job of a plugin that is gone ends the dispatcher",
    ],
    [
      'if (!stored.ok) return notStarted("state", stored.error);',
      'if (!stored.ok) return "put off";',
      "a state that cannot be read is never told",
    ],
    [
      "deadlineAt: now() + timeoutMs,",
      "deadlineAt: now(),",
      "a plugin believes that its time is over",
    ],
    [
      "    if (reason === undefined) throw error;\n",
      "",
      "a fault while the pid is noted goes unseen",
    ],
  ),
  mutate(
    "dispatcher/holds.ts",
    TESTS,
    [
      "pid === one.pid && startedMs === one.startedMs && !hasEnded",
      "pid === one.pid",
      "a recycled pid holds a plugin back for ever",
    ],
    [
      "untilMs: monotonic() + backoffMs(times)",
      "untilMs: 0",
      "a plugin that cannot be spawned is tried without a pause",
    ],
  ),
  mutate(
    "dispatcher/recovery.ts",
    TESTS,
    [
      "const both = [...orphans, ...interrupted];",
      "const both = [...orphans];",
      "leftovers of an interrupted attempt run beside the next one",
    ],
    [
      "  const swept = await endAll(both.map((job) => ownerOf(job, life.value)), stop);\n  if (stop.aborted) return;",
      "  const swept = await endAll(both.map((job) => ownerOf(job, life.value)), stop);",
      "a stop during recovery settles what is still alive",
    ],
    [
      "for (const job of orphans) {\n    const outcome",
      "for (const job of orphans.slice(0, 1)) {\n    const outcome",
      "recovery takes only the first orphan",
    ],
    [
      "if (left.length > 0) holds.add(job, left);",
      "if (false) holds.add(job, left);",
      "what recovery cannot end runs beside the next attempt",
    ],
    [
      "filter((job) => !isOwn(job))",
      "filter(() => true)",
      "a running job is taken for an orphan and ended",
    ],
    ["unreadable === undefined\n", "true\n", "a row that cannot be read is queued again and again"],
  ),
  mutate(
    "dispatcher/dispatch_loop.ts",
    TESTS,
    ['if (kind === "idle") await wake.sleep(stop);', "await wake.sleep(stop);", "one job a tick"],
    ["else await breathe();", "", "a stop is not heard among many jobs"],
  ),
  mutate(
    "sqlite/closing.ts",
    ["tests/faults/database_breaks_test.ts", "tests/faults/lost_log_test.ts"],
    [
      "if (moved?.log === moved?.checkpointed) return;",
      "return;",
      "a deleted write-ahead log destroys the database while somebody reads",
    ],
    [
      'db.prepare("PRAGMA journal_mode = DELETE").get();',
      "",
      "whoever has the database open hides what is stored after a deleted write-ahead log",
    ],
    ["await backup(db, path);", "", "the copy of a database whose log is lost is empty"],
  ),
  mutate(
    "sqlite/beside.ts",
    [
      ...["tests/faults/database_breaks_test.ts", "tests/faults/lost_log_test.ts"],
      "tests/faults/files_in_the_way_test.ts",
    ],
    [
      "(statIfThere(one)?.isFile ?? true)",
      "true",
      "a FIFO beside the database holds the gateway up for ever",
    ],
    [
      "application === applicationId || (application === 0 && wasEmpty)",
      "true",
      "a foreign database is written to",
    ],
    [
      "isLogLost && application === applicationId",
      "false",
      "a database that somebody reads is called damaged",
    ],
  ),
  mutate(
    "sqlite/database.ts",
    ["tests/sqlite", "tests/store", "tests/faults/database_breaks_test.ts"],
    ['db.exec("PRAGMA synchronous = FULL");', "", "after the first claim a power cut loses jobs"],
    [
      'if (db.isTransaction) db.exec("ROLLBACK");',
      "",
      "a failed transaction stays open and blocks everything",
    ],
    ["    putInOrder(path, format);\n", "", "a crash in the first start is the end of the gateway"],
    [
      "if (tables > 0 && application !== applicationId) {",
      "if (false) {",
      "a foreign database is used",
    ],
    ["if (version > migrations.length) {", "if (false) {", "a database of a later version is used"],
    [
      "const BUSY_TIMEOUT_MS = 1_000;",
      "const BUSY_TIMEOUT_MS = 0;",
      "each moment in which somebody else writes is a warning",
    ],
    [
      "if (version >= migrations.length) return;",
      "",
      "two programs migrate one database twice",
      "the loop around it looks, too; only two at the same moment differ",
    ],
  ),
];
