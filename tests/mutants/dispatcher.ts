import { mutate, type MutatedFile } from "./mutant.ts";

export const DISPATCHER: readonly MutatedFile[] = [
  mutate(
    "dispatcher/settle.ts",
    ["tests/dispatcher/settle_test.ts", "tests/dispatcher/accounts_test.ts"],
    ["return store.transaction(() => {", "return (() => {", "a crash leaves half of a settle"],
    [
      "if (!store.jobs.settle(attempt, verdict)) return undefined;",
      "store.jobs.settle(attempt, verdict);",
      "a job that is no longer running gets a second log row",
    ],
    ["store.attempts.add(attempt, verdict, isCounted);", "", "job_log has no row for the run"],
    [
      'if (verdict.status === "queued") return undefined;',
      "",
      "an attempt that is retried opens the breaker",
    ],
    ["  store.healths.write(plugin, command, after);\n", "", "the breaker never opens"],
    [
      'job.command === "poll" ? plugin?.schedule.everyMs ?? Infinity : Infinity',
      "Infinity",
      "a retry waits longer than the interval of its plugin",
    ],
    [
      "if (change !== undefined) store.states.change(change);",
      "",
      "state is lost",
    ],
    ["applyUpdates(stored.state, updates)", "stored", "the state never changes"],
  ),
  mutate(
    "dispatcher/dispatch.ts",
    ["tests/dispatcher/dispatch_test.ts", "tests/dispatcher/leftovers_test.ts"],
    [
      "[...busy.names, ...holds.plugins()]",
      "busy.names",
      "a plugin that is held back runs",
    ],
    [
      'if (attempt === "put off") return await putBack(parts, job);',
      'if (attempt === "put off") return { kind: "put off", job };',
      "a job that was put off stays running forever",
    ],
    [
      "    if (job !== undefined) running.add(job);",
      "    if (job !== undefined) queueMicrotask(() => running.add(job));",
      "a tick ends and repeats a job that has just been claimed",
    ],
    [
      "  } finally {\n    running.delete(job);\n",
      "  } finally {\n",
      "a stop waits for a plugin that has ended",
    ],
    ['if (stop.aborted) return { kind: "stopping" };', "", "a job is claimed after a stop"],
  ),
  mutate(
    "dispatcher/dispatch.ts",
    ["--filter=after a stop, a finished run", "tests/dispatcher/dispatch_test.ts"],
    [
      'retryStorage("settle", settleIt, log, interrupt);',
      'retryStorage("settle", settleIt, log, parts.stop);',
      "a stop makes a settle give up, and the job runs again",
    ],
  ),
  mutate(
    "dispatcher/attempt.ts",
    ["tests/dispatcher/dispatch_test.ts", "tests/dispatcher/leftovers_test.ts"],
    [
      'if (run.leftovers.kind === "left") parts.holds.add(job, run.leftovers.left);',
      "",
      "a plugin that cannot be ended overlaps its next run",
    ],
    [
      "if (plugin === undefined) return notStarted(",
      "if (false) return notStarted(",
      "a job whose plugin is gone ends the dispatcher",
    ],
    [
      'if (!stored.ok) return { run: notStarted("state", stored.error), redact: setup.redact };',
      'if (!stored.ok) return "put off";',
      "a state that cannot be read is never reported",
    ],
    [
      "deadlineAt: now() + timeoutMs,",
      "deadlineAt: now(),",
      "a plugin gets a deadline that has passed",
    ],
    [
      "    if (reason === undefined) throw error;\n",
      "",
      "a fault while the pid is recorded goes unnoticed",
    ],
  ),
  mutate(
    "dispatcher/holds.ts",
    ["tests/dispatcher/holds_test.ts"],
    [
      "untilMs: monotonic() + backoffMs(times)",
      "untilMs: 0",
      "a plugin that cannot be spawned is retried without a pause",
    ],
  ),
  mutate(
    "dispatcher/recovery.ts",
    ["tests/dispatcher/recovery_test.ts", "tests/dispatcher/leftovers_test.ts"],
    [
      "  parts.holds.recovering(found.value.orphans);\n",
      "",
      "a plugin runs beside what a stray job has left",
    ],
    [
      "const both = [...orphans, ...interrupted];",
      "const both = [...orphans];",
      "leftovers of an interrupted attempt overlap the next one",
    ],
    [
      "    const swept = await endAll(both.map((job) => ownerOf(job, life)), stop);\n    if (stop.aborted) return;",
      "    const swept = await endAll(both.map((job) => ownerOf(job, life)), stop);",
      "a stop during recovery settles jobs whose processes are alive",
    ],
    [
      "  const swept = await endAll(",
      '  for (const job of orphans) await settleOrphan(parts, job, "none", life.value);\n  const swept = await endAll(',
      "a job is settled, and may run again, while its orphan is alive",
    ],
    [
      "for (const job of orphans) {\n    const outcome",
      "for (const job of orphans.slice(0, 1)) {\n    const outcome",
      "recovery takes only the first orphan",
    ],
    [
      "  holds.recovering([...found.value.orphans, ...found.value.interrupted]);\n",
      "",
      "a plugin runs beside what its interrupted attempt left, while that is ended",
    ],
    ["  holds.recovering([]);\n", "", "a plugin never runs again after a crash"],
    [
      "filter((job) => !isOwn(job))",
      "filter(() => true)",
      "recovery takes a running job for an orphan and ends it",
    ],
    ["unreadable === undefined\n", "true\n", "a row that cannot be read is queued again and again"],
  ),
  mutate(
    "dispatcher/leftovers.ts",
    ["tests/dispatcher/leftovers_test.ts", "tests/dispatcher/retry_leftovers_test.ts"],
    [
      "if (left.length > 0) return holds.add(job, left);",
      "if (left.length > 0) return;",
      "processes that cannot be ended overlap the next attempt",
    ],
    [
      '  await retryStorage("forget pid", () => store.jobs.forgetPid(job), log, stop);\n',
      "",
      "a start ends a stranger whose session has the number of an old one",
    ],
    [
      '  if (outcome === "unknown") return;\n',
      "",
      "what could not be looked for is never looked for again",
    ],
    [
      "ownerOf(job, life, endedAt)",
      "ownerOf({ ...job, pid: undefined }, life, endedAt)",
      "a retry overlaps what the failed attempt left in its session",
    ],
    [
      "Math.min(notBefore - now(), LONGEST_PAUSE_MS)",
      "LONGEST_PAUSE_MS",
      "a retry that is due at once waits a second",
    ],
    [
      "      next = undefined;\n",
      "",
      "what a later attempt left is never looked for",
    ],
  ),
  mutate(
    "dispatcher/dispatch.ts",
    ["tests/dispatcher/retry_leftovers_test.ts"],
    [
      "    await endLeftovers(parts, attempt, notBefore);\n",
      "",
      "a retry overlaps what the failed attempt left",
    ],
    [
      "using _kept = holds.keep(job);",
      "",
      "a plugin runs while what its failed attempt left is being ended",
    ],
    [
      "    running.delete(job);\n    onFree?.();\n",
      "",
      "jobs that fail keep their lanes for a second",
    ],
    [
      "notBefore === undefined || isHeld ||",
      "notBefore === undefined ||",
      "a retry waits twice for processes that cannot be ended",
    ],
  ),
  mutate(
    "dispatcher/leftovers.ts",
    ["tests/dispatcher/grace_test.ts"],
    ["const GRACE_MS = 5_000;", "const GRACE_MS = 15_000;", "each start after a crash waits long"],
  ),
  mutate(
    "dispatcher/dispatch_loop.ts",
    ["tests/dispatcher/dispatch_loop_test.ts"],
    ["      await breathe();\n", "", "a stop has no effect while many jobs wait"],
    ["      parts.wake.wake();\n", "", "the end of a job frees no lane until the next tick"],
    [
      "until === undefined ? undefined : Math.max(0, until - now())",
      "undefined",
      "a retry waits for the next tick",
    ],
    ["  await Promise.all(lanes);\n", "", "a stop waits for no running job"],
  ),
  mutate(
    "dispatcher/fault.ts",
    ["--filter=database damage", "tests/dispatcher/contained_faults_test.ts"],
    [
      "  if (isDamage(fault)) throw fault;\n",
      "",
      "the gateway goes on over a damaged database",
    ],
  ),
  mutate(
    "sqlite/hold.ts",
    ["tests/sqlite/hold_test.ts"],
    ["&& !file.tryLockSync(true)", "&& false", "a second gateway comes in through a second name"],
    ["if (isHeld) file.close();", "", "a database stays locked after a stop"],
  ),
  mutate(
    "sqlite/storage_retry.ts",
    ["tests/sqlite/storage_retry_test.ts"],
    ["if (reason === undefined) throw error;", "", "a damaged database is retried forever"],
    ["if (stop.aborted) {", "if (false) {", "a stop waits for the storage forever"],
    ["backoffMs(failures)", "0", "a full disk keeps the processor busy"],
    [
      'if (failures > 0) log.info("Storage works again", { action, failures });',
      "",
      "the log does not say that the storage works again",
    ],
  ),
  mutate(
    "sqlite/storage_error.ts",
    ["tests/sqlite/storage_error_test.ts"],
    ["error.errcode & 0xff", "error.errcode", "a full disk ends the gateway"],
    [
      "const tampered = TAMPERED.find((text) => message.startsWith(text));",
      "const tampered = undefined;",
      "a dropped table is a fault of each job",
    ],
    ["return error.isDamaged;", "return false;", "damage at the start leaves no mark"],
  ),
  mutate(
    "sqlite/closing.ts",
    ["tests/sqlite/closing_test.ts"],
    [
      "if (moved?.log === moved?.checkpointed) return;",
      "return;",
      "a deleted write-ahead log destroys the database while another process reads it",
    ],
    [
      'db.prepare("PRAGMA journal_mode = DELETE").get();',
      "",
      "a process that has the database open hides what is stored after the write-ahead log is deleted",
    ],
    ["await backup(db, path);", "", "the copy of a database that lost its log is empty"],
  ),
  mutate(
    "sqlite/beside.ts",
    ["tests/sqlite/beside_test.ts"],
    [
      "(statIfThere(one)?.isFile ?? true)",
      "true",
      "a FIFO beside the database blocks the gateway forever",
    ],
    [
      "application === applicationId || (application === 0 && wasEmpty)",
      "true",
      "a foreign database is written to",
    ],
    [
      "isLogLost && application === applicationId",
      "false",
      "a database that another process reads is reported as damaged",
    ],
  ),
  mutate(
    "sqlite/database.ts",
    ["tests/sqlite/database_test.ts"],
    ['db.exec("PRAGMA synchronous = FULL");', "", "after the first claim a power cut loses jobs"],
    [
      'if (db.isTransaction) db.exec("ROLLBACK");',
      "",
      "a failed transaction stays open and blocks all others",
    ],
    [
      "    putInOrder(path, format);\n",
      "",
      "after a crash in the first start the gateway never starts again",
    ],
    [
      "if (tables > 0 && application !== applicationId) {",
      "if (false) {",
      "a foreign database is used",
    ],
    ["if (version > migrations.length) {", "if (false) {", "a database of a later version is used"],
    [
      "const BUSY_TIMEOUT_MS = 1_000;",
      "const BUSY_TIMEOUT_MS = 0;",
      "each write by another process causes a warning",
    ],
    [
      "if (version >= migrations.length) return;",
      "",
      "two programs migrate one database twice",
      "the loop around it checks, too; only two at the same moment differ",
    ],
  ),
];
