import { mutate, type MutatedFile } from "./mutant.ts";

export const SCHEDULER: readonly MutatedFile[] = [
  mutate(
    "scheduler/tick.ts",
    ["tests/scheduler/tick_test.ts"],
    [
      ".filter(({ plan }) => isDue(plan, tickAt, toleranceMs));",
      ";",
      "every plugin runs at each tick",
    ],
    [
      "due.filter(mayRunNow).map(",
      "due.map(",
      "two jobs of one plugin are queued or running at once",
    ],
    [
      "dueAt: former?.nextRunAt ?? tickAt,",
      "dueAt: tickAt,",
      "a late run is meant for another time",
    ],
    ["      store.plans.write(plan);\n", "", "a plugin is due at each tick"],
    [
      "const plan = drawPlan(plugin, tickAt, tickAt, random);",
      "const plan = drawPlan(plugin, Date.now(), tickAt, random);",
      "lateness adds up",
    ],
    ["maxAttempts: plugin.maxAttempts", "maxAttempts: 4", "max_attempts of the config is ignored"],
    [
      "store.transaction(() => batch.forEach(({ plan }) => store.plans.write(plan)));",
      "",
      "plans that are drawn again are not stored",
    ],
    [
      "return store.plans.readAll();\n}",
      "return stored;\n}",
      "a revised plan takes effect one tick late",
    ],
    [
      "items.slice(n * BATCH, (n + 1) * BATCH)",
      "items.slice(n * BATCH, (n + 1) * BATCH - 1)",
      "one plugin in 200 never runs",
    ],
  ),
  mutate(
    "scheduler/tick.ts",
    ["tests/scheduler/breaker_test.ts"],
    [
      'circuitBreaker === undefined ? UNTRIED : store.healths.read(name, "poll")',
      "UNTRIED",
      "an open breaker stops nothing",
    ],
    [
      "decideRun(facts, tickAt, now?.())",
      "decideRun(facts, tickAt)",
      "a late tick lets a poll through an open breaker",
    ],
  ),
  mutate(
    "scheduler/tick_grid.ts",
    ["tests/scheduler/tick_grid_test.ts"],
    ["now() - lateMs()", "now()", "lateness of ticks adds up"],
    ["(elapsedMs + EARLY_MS)", "elapsedMs", "an early timer doubles a tick"],
    ["intervalMs - lateMs()", "intervalMs", "ticks drift"],
  ),
  mutate(
    "scheduler/tick_loop.ts",
    ["tests/scheduler/tick_loop_test.ts"],
    [
      'await retryStorage("keep database", parts.keepDatabase, log, stop);\n',
      "",
      "a database that was replaced is not noticed",
    ],
    [
      "    wake.wake();\n    parts.lookAfter();",
      "    parts.lookAfter();",
      "a due job waits",
    ],
    ["    parts.lookAfter();\n", "", "a plugin that is held back never runs again"],
    [
      "if (monotonic() >= pruneFromMs) await",
      "await",
      "a clock set forward deletes the history",
    ],
    ["pruneFromMs = monotonic() + NO_PRUNING_MS;\n", "", "a clock set forward deletes the history"],
    [
      "if (!pruned.ok || !pruned.value) return;",
      "return;",
      "only one batch of old history is pruned per tick",
    ],
  ),
  mutate(
    "scheduler/clock_watch.ts",
    ["tests/scheduler/clock_watch_test.ts"],
    ["before += movedByMs;", "", "a clock that moved once is reported at each tick"],
    ["Math.abs(movedByMs)", "movedByMs", "a clock that moves back is not noticed"],
  ),
  mutate(
    "scheduler/prune.ts",
    ["tests/scheduler/prune_test.ts"],
    ["tickAt - config.service.jobLogRetentionMs", "tickAt", "all history is deleted"],
    ["return more;", "return false;", "pruning stops after one batch"],
  ),
];
