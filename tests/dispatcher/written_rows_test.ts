import fc from "fast-check";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createHolds } from "../../src/dispatcher/holds.ts";
import { describeStart } from "../../src/gateway/start_report.ts";
import { prune } from "../../src/scheduler/prune.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { enqueueJob } from "../support/jobs.ts";
import { openTempStore, recordingLog } from "../support/memory.ts";
import { dispatchParts, pluginSpec, setupOf } from "../support/setup.ts";
import { dispatchNext, recoverOrphans } from "../support/dispatch.ts";

const NEVER = new AbortController().signal;
/** Its entrypoint does not exist: every job that runs ends at once with reason "spawn". */
const SETUP = setupOf(pluginSpec());

/** Anything that SQL can put into a TEXT or INTEGER column. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "today", "\0", "echo\0", "{}", "[]", '{"a":1}', "+200000-01-01T00:00:00Z"),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });

const jobColumn = fc.oneof(
  fc.tuple(fc.constantFrom("id", "plugin", "command", "payload", "submitted_by"), text),
  fc.tuple(fc.constant("created_at"), text),
  fc.tuple(fc.constantFrom("started_at", "completed_at", "last_error"), nullable(text)),
  fc.tuple(fc.constantFrom("attempt", "max_attempts", "seq"), integer),
  fc.tuple(fc.constant("pid"), nullable(integer)),
);
const logColumn = fc.oneof(
  fc.tuple(fc.constantFrom("job_id", "created_at", "started_at", "completed_at", "stderr"), text),
  fc.tuple(fc.constantFrom("id", "attempt", "duration_ms"), integer),
);
const planColumn = fc.oneof(
  fc.tuple(fc.constantFrom("plugin", "next_run_at", "last_run_at"), text),
  fc.tuple(fc.constantFrom("every_ms", "jitter_ms"), integer),
);
const stateColumn = fc.tuple(fc.constantFrom("plugin_name", "state", "updated_at"), text);

/** Writes one column as an operator would; a value that the table refuses does not count. */
function overwrite(
  db: DatabaseSync,
  table: string,
  [column, value]: readonly [string, string | bigint | null],
  where = "1",
): void {
  try {
    db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`).run(value);
  } catch (error) {
    assert.match(String(error), /constraint failed/);
    fc.pre(false);
  }
}

async function runAll(temp: ReturnType<typeof openTempStore>): Promise<void> {
  const { store } = temp;
  const { log } = recordingLog();
  const endAll = () => Promise.resolve(new Map());
  const parts = dispatchParts(store, log);
  await recoverOrphans({
    store,
    setup: setupOf(),
    now: Date.now,
    log,
    stop: NEVER,
    holds: createHolds(log),
    endAll,
  });
  while ((await dispatchNext(parts, SETUP)).kind !== "idle");
}

Deno.test("whatever a person writes into a job's row, that job ends, and so does the next", async () => {
  using temp = openTempStore();
  using operator = new DatabaseSync(temp.path);
  const count = (sql: string) =>
    Number(operator.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.n);
  await fc.assert(
    fc.asyncProperty(
      fc.array(jobColumn, { minLength: 1, maxLength: 2 }),
      fc.constantFrom("queued", "running"),
      async (columns, status) => {
        operator.exec("DELETE FROM job_queue; DELETE FROM job_log; DELETE FROM sqlite_sequence");
        enqueueJob(temp.store, { maxAttempts: 1 });
        for (const column of columns) overwrite(operator, "job_queue", column);
        overwrite(operator, "job_queue", ["status", status]);
        fc.pre(columns.every(([column, value]) => column !== "seq" || value !== 2n ** 63n - 1n));
        const next = enqueueJob(temp.store);
        await runAll(temp);
        assert.equal(count("job_queue WHERE status IN ('failed', 'dead')"), 2);
        assert.equal(count("job_log WHERE status IN ('failed', 'dead')"), 2);
        assert.equal(count(`job_log WHERE job_id = '${next}' AND reason = 'spawn'`), 1);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("whatever a person writes into schedule, history and state, ticks, prunes and runs continue", async () => {
  using temp = openTempStore();
  const { store } = temp;
  using operator = new DatabaseSync(temp.path);
  const { log } = recordingLog();
  const parts = { store, log, random: () => 0.5 };
  store.states.write("gone", "{}", 0);
  await fc.assert(
    fc.asyncProperty(
      ...[planColumn, planColumn, logColumn, stateColumn] as const,
      async (plan, foreignPlan, logged, state) => {
        operator.exec("DELETE FROM schedule; DELETE FROM job_queue");
        const plans = ["echo", "gone"].map((plugin) => ({ plugin, nextRunAt: 0, lastRunAt: 0 }));
        for (const one of plans) store.plans.write({ ...one, everyMs: 300_000, jitterMs: 0 });
        overwrite(operator, "schedule", foreignPlan, "plugin = 'gone'");
        overwrite(operator, "schedule", plan, "plugin = 'echo'");
        overwrite(operator, "plugin_state", state);
        describeStart(SETUP, store.plans.readAll(), Date.now());
        tick(parts, SETUP, Date.now());
        // A day later it is due, whatever the row held.
        tick(parts, SETUP, Date.now() + 86_400_000);
        assert.ok(store.jobs.hasLiveJob("echo"));
        await runAll(temp);
        overwrite(operator, "job_log", logged, "id = (SELECT max(id) FROM job_log)");
        prune(parts, SETUP, Date.now());
      },
    ),
    { numRuns: 200 },
  );
});
