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
      'const isInterrupted = ending.reason === "interrupted";',
      'const isInterrupted = ending.reason !== "timeout";',
      "a failed job runs again and again",
    ],
    [
      "const isRetried = policy !== undefined",
      "const isRetried = true",
      "every failed job is retried",
    ],
    [" && !ending.isFinal", "", "a job that cannot succeed is retried"],
    [" && ending.answer?.retry !== false", "", "a plugin that asks for no retry is retried"],
    ["notBefore: endedAt + waitMs", "notBefore: endedAt", "a retry does not wait"],
    ["2 ** (attempt - 1)", "2", "the wait does not grow"],
    [
      "2 ** (attempt - 1), backoffMaxMs)",
      "2 ** (attempt - 1), Infinity)",
      "a wait grows beyond backoff_max",
    ],
    ["* (2 * random() - 1)", "", "jobs that failed together return together"],
    [", capMs));", ", Infinity));", "a retry waits longer than the interval of its plugin"],
    ["job.attempt < job.maxAttempts", "true", "an interrupted job is never dead"],
    ["job.attempt < job.maxAttempts", "job.attempt <= job.maxAttempts", "one attempt too many"],
    ["job.attempt < job.maxAttempts", "job.attempt + 1 < job.maxAttempts", "one attempt too few"],
    [
      "const nextAttempt = job.attempt + 1",
      "const nextAttempt = job.attempt",
      "attempts are not counted",
    ],
  ),
  mutate(
    "core/breaker.ts",
    ["tests/core/breaker_test.ts"],
    [
      "failures < policy.threshold",
      "failures <= policy.threshold",
      "the breaker opens one failure late",
    ],
    ["failures: health.failures + 1,", "failures: 1,", "the breaker never opens"],
    ["failures: 0, failingSince: undefined,", "", "a success does not close the breaker"],
    ["&& now >= lastFailureAt ?", "?", "a clock set back keeps the breaker open for years"],
    ["now < until && now", "now", "an open breaker never lets a poll try"],
    [
      "health.failures === 0 ? endedAt : health.failingSince",
      "endedAt",
      "nobody knows since when it fails",
    ],
  ),
  mutate(
    "core/lanes.ts",
    ["tests/core/lanes_test.ts"],
    ["running.length >= total", "running.length > total", "one job too many runs"],
    ["...running, ...waiting", "...waiting", "two jobs of one plugin run at once"],
    ["...running, ...waiting", "...running", "a full pool takes more jobs"],
    ["n >= (pools", "n > (pools", "a pool takes one job too many"],
  ),
  mutate(
    "core/gate.ts",
    ["tests/core/gate_test.ts"],
    ['breaker.state === "open"', "false", "an open breaker stops nothing"],
    ["return hasLiveJob()", "return false", "a plugin gets a second job"],
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
