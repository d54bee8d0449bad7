import { mutate, type MutatedFile } from "./mutant.ts";

const TESTS = ["tests/scheduler"];

export const SCHEDULER: readonly MutatedFile[] = [
  mutate(
    "scheduler/tick.ts",
    TESTS,
    [
      ".filter(({ name }) => isDue(plans.get(name), tickAt, toleranceMs));",
      ";",
      "every plugin runs at each tick",
    ],
    [
      "due.filter((plugin) => isFree(parts, plugin)).map(",
      "due.map(",
      "two jobs of one plugin wait or run at once",
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
      "plans drawn again are not kept",
    ],
    [
      "return store.plans.readAll();\n}",
      "return stored;\n}",
      "a revised plan counts from the next tick on",
    ],
    [
      "items.slice(n * BATCH, (n + 1) * BATCH)",
      "items.slice(n * BATCH, (n + 1) * BATCH - 1)",
      "one plugin in 200 is never run",
    ],
  ),
  mutate(
    "scheduler/tick_grid.ts",
    TESTS,
    ["now() - lateMs()", "now()", "lateness of ticks adds up"],
    ["(elapsedMs + EARLY_MS)", "elapsedMs", "a timer that is early doubles a tick"],
    ["intervalMs - lateMs()", "intervalMs", "ticks drift"],
  ),
  mutate(
    "scheduler/tick_loop.ts",
    TESTS,
    [
      'await retryStorage("keep database", parts.keepDatabase, log, stop);\n',
      "",
      "a database that was replaced is not noticed",
    ],
    [
      "    wake.wake();\n    await parts.lookAfter();",
      "    await parts.lookAfter();",
      "a job waits though it is due",
      "the second wake comes in the same tick",
    ],
    ["    await parts.lookAfter();\n", "", "a plugin that was held back never runs again"],
    [
      "if (monotonic() >= pruneFromMs) await",
      "await",
      "a clock set forward deletes the history",
    ],
    ["pruneFromMs = monotonic() + NO_PRUNING_MS;\n", "", "a clock set forward deletes the history"],
    [
      "if (!pruned.ok || !pruned.value) return;",
      "return;",
      "of old history one batch a tick is pruned",
    ],
  ),
  mutate(
    "scheduler/clock_watch.ts",
    TESTS,
    ["before += movedByMs;", "", "a clock that moved once is told of at each tick"],
    ["Math.abs(movedByMs)", "movedByMs", "a clock that is set back is not noticed"],
  ),
  mutate(
    "scheduler/prune.ts",
    TESTS,
    ["tickAt - config.service.jobLogRetentionMs", "tickAt", "all history is deleted"],
    ["return more;", "return false;", "pruning stops after one batch"],
  ),
];
