import { mutate, type MutatedFile } from "./mutant.ts";

const TESTS = ["tests/core", "tests/dispatcher/settle_test.ts"];

export const CORE: readonly MutatedFile[] = [
  mutate(
    "core/conclude.ts",
    TESTS,
    [
      'if (ending.ok) return { status: "succeeded" };',
      'if (ending.ok) return { status: "failed" };',
      "a success counts as a failure",
    ],
    [
      'if (ending.reason !== "interrupted") return { status: "failed" };',
      'if (ending.reason === "timeout") return { status: "failed" };',
      "a failed job runs again and again",
    ],
    ["job.attempt < job.maxAttempts", "true", "an interrupted job is never dead"],
    ["job.attempt < job.maxAttempts", "job.attempt <= job.maxAttempts", "one attempt too many"],
    ["job.attempt < job.maxAttempts", "job.attempt + 1 < job.maxAttempts", "one attempt too few"],
    ["nextAttempt: job.attempt + 1", "nextAttempt: job.attempt", "attempts are not counted"],
  ),
  mutate(
    "core/ending.ts",
    TESTS,
    ["if (ending.ok) return updates;", "", "a success stores only the keys of state_on_error"],
    ['if (ending.reason !== "error") return {};', "", "a failed exit changes the state"],
    [".filter(([key]) => keys.includes(key))", "", "an answer that says error changes the state"],
  ),
  mutate(
    "core/schedule.ts",
    TESTS,
    ["from + everyMs + (random()", "from + (random()", "a plugin runs at each tick"],
    [
      "(random() - 0.5) * jitterMs",
      "random() * jitterMs",
      "the mean interval is longer than every",
    ],
    ["(random() - 0.5) * jitterMs", "0 * jitterMs", "plugins run in step: no jitter"],
    [
      'if (stored.unreadable !== undefined) {\n    return { plan: drawPlan(plugin, tickAt, tickAt, random), because: "unreadable" };\n  }',
      "",
      "a plan that cannot be read stops its plugin forever",
    ],
    [
      "stored.everyMs !== everyMs || stored.jitterMs !== jitterMs",
      "stored.everyMs !== everyMs",
      "a changed jitter takes effect one run too late",
    ],
    [
      "stored.everyMs !== everyMs || stored.jitterMs !== jitterMs",
      "stored.jitterMs !== jitterMs",
      "a changed every takes effect one run too late",
    ],
    [
      "drawPlan(plugin, stored.lastRunAt, stored.lastRunAt, random)",
      "drawPlan(plugin, tickAt, stored.lastRunAt, random)",
      "each change to the config delays the next run",
    ],
    [
      "if (plan.nextRunAt - tickAt > everyMs + jitterMs / 2) {",
      "if (plan.nextRunAt - tickAt > 2 * everyMs + jitterMs / 2) {",
      "after the clock moves back, a plugin waits too long",
    ],
    [
      "const lastRunAt = Math.min(plan.lastRunAt, tickAt);",
      "const lastRunAt = plan.lastRunAt;",
      "a last run in the future stays there",
    ],
    ["plan === undefined || tickAt", "tickAt", "a new plugin ends the tick"],
    ["plan.nextRunAt - toleranceMs", "plan.nextRunAt", "a slewed clock costs a whole tick"],
    [
      "Math.min(1_000, tickIntervalMs / 100)",
      "tickIntervalMs / 100",
      "with long ticks, a plugin runs minutes early",
    ],
    ["Math.min(1_000, tickIntervalMs / 100)", "0", "a slewed clock costs a whole tick"],
  ),
  mutate(
    "core/state.ts",
    TESTS,
    [
      "return { ...state, ...updates };",
      "return { ...updates };",
      "keys that are not updated are lost",
    ],
    ["return { ...state, ...updates };", "return { ...updates, ...state };", "updates are lost"],
    [
      "return bytes <= MAX_STATE_BYTES ?",
      "return bytes < MAX_STATE_BYTES ?",
      "a state of exactly the maximum size is refused",
    ],
    ["return bytes <= MAX_STATE_BYTES ?", "return true ?", "a state grows without limit"],
    [
      "if (least > MAX_STATE_BYTES) return tooLarge(`at least ${least}`);",
      "",
      "a far too large update is merged first",
      "it is still refused, only later",
    ],
  ),
  mutate(
    "core/attempt.ts",
    ["tests/dispatcher/recovery_test.ts"],
    [
      "Math.max(0, Math.min(now, lastSeenAt) - job.startedAt)",
      "Math.min(now, lastSeenAt) - job.startedAt",
      "a duration is negative",
    ],
    [
      "Math.min(now, lastSeenAt)",
      "now",
      "an orphan's duration includes the time that the gateway was down",
    ],
  ),
];
