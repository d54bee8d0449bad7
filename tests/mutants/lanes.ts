import { mutate, type MutatedFile } from "./mutant.ts";

/** What lanes, pools, retries, health and entries promise, beyond the pure decisions in `core/`. */
export const LANES: readonly MutatedFile[] = [
  mutate(
    "config/config.ts",
    ["tests/config/config_test.ts"],
    ["total: service.maxRunning", "total: 4", "max_running is ignored"],
    ["pools: new Map(Object.entries(pools))", "pools: new Map()", "a pool limits nothing"],
  ),
  mutate(
    "config/schema.ts",
    ["tests/config/config_test.ts", "tests/config/defaults_test.ts"],
    ["backoffMaxMs: retry.backoff_max", "backoffMaxMs: Infinity", "backoff_max is ignored"],
    ["    ...(retry && {", "    ...(false && {", "retry is ignored"],
    ["resetAfterMs: circuit_breaker.reset_after", "resetAfterMs: 0", "reset_after is ignored"],
    ["...(pool && { pool }),", "", "the pool of an entry is ignored"],
  ),
  mutate(
    "dispatcher/dispatch.ts",
    ["tests/dispatcher/claim_test.ts"],
    [
      "busyEntries(names, setup.plugins, setup.config.lanes)",
      "busyEntries(names, new Map(), setup.config.lanes)",
      "a full pool takes more jobs",
    ],
    ["const retryAt = store.waits.release(now());", "const retryAt = 0;", "a retry never runs"],
  ),
  mutate(
    "dispatcher/recovery.ts",
    ["tests/dispatcher/claim_test.ts"],
    ["    store.waits.restart(now());\n", "", "a clock set back strands a retry"],
    [
      "    store.waits.repairHeads();\n",
      "",
      "a job that another program replaced stops its plugin",
    ],
  ),
  mutate(
    "store/jobs.ts",
    ["tests/store/waits_test.ts"],
    [
      "AND (seq, plugin) = (\n    SELECT head.seq, head.plugin FROM",
      "AND seq = (\n    SELECT head.seq FROM",
      "a row that a person wrote lets two runs of one plugin overlap",
    ],
    [
      "WHERE status = 'queued' AND not_before IS NULL AND (seq",
      "WHERE status = 'queued' AND (seq",
      "a row that a person wrote makes a retry run before its time",
    ],
  ),
  mutate(
    "dispatcher/settle.ts",
    ["tests/dispatcher/accounts_test.ts"],
    [
      '  store.totals.add(attempt, verdict.status === "queued" ? "retried" : verdict.status);\n',
      "",
      "runs are counted nowhere once history is pruned",
    ],
    [
      'verdict.status === "queued" ? "retried" : verdict.status',
      "verdict.status",
      "counters call an attempt that is retried a queued one",
    ],
    [
      'afterJob(before, verdict.status === "succeeded", endedAt)',
      "afterJob(before, attempt.ending.ok, endedAt + 1)",
      "the time of the last failure is wrong",
    ],
  ),
  mutate(
    "dispatcher/report.ts",
    ["tests/dispatcher/breaker_lines_test.ts"],
    [
      'was.state === "closed" && is.state === "open"',
      'is.state === "open"',
      "the log says at each failed try that the breaker opened",
    ],
    [
      'was.state !== "closed" && is.state === "closed"',
      'is.state === "closed"',
      "the log says at each success that the breaker closed",
    ],
    ["next_try_at: isoTime(is.until),", "", "the log does not say when the next poll tries"],
    [
      'if (health === undefined || job.command !== "poll") return;',
      "if (health === undefined) return;",
      "a failed command seems to open the breaker",
    ],
  ),
  mutate(
    "plugin/protocol.ts",
    ["tests/plugin/protocol_test.ts"],
    ["due_at: isoTime(request.dueAt),", "", "a plugin does not get the time that it is meant for"],
    ["attempt: request.attempt,", "", "a plugin does not learn that it runs again"],
  ),
  mutate(
    "plugin/environment.ts",
    ["tests/plugin/environment_test.ts"],
    ["    [DUE_AT]: isoTime(dueAt),\n", "", "a shell script has to parse JSON for its due time"],
  ),
  mutate(
    "gateway/record_entries.ts",
    ["tests/gateway/record_entries_test.ts"],
    [
      '    ...config.disabled.map((name) => ({ name, status: "disabled" } as const)),\n',
      "",
      "status does not know of disabled entries",
    ],
    ["error: describeReasons(one),", "", "status does not say why a plugin is refused"],
  ),
  mutate(
    "store/entries.ts",
    ["tests/store/entries_test.ts"],
    [
      "    this.#deleteOthers.run(json);\n",
      "",
      "status shows entries that the config no longer has",
    ],
  ),
  mutate(
    "gateway/care.ts",
    ["tests/gateway/care_test.ts"],
    [
      "if (hasRecovered) beat(tickAt);",
      "beat(tickAt);",
      "recovery spares what a crashed gateway left, or ends a stranger",
    ],
  ),
  mutate(
    "gateway/gateway.ts",
    ["--filter=sign of life", "tests/program/start_test.ts"],
    ["      care.beat(tickAt);\n", "", "a gateway that runs seems to have stopped"],
  ),
];
