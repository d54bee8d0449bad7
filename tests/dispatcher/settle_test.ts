import fc from "fast-check";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../src/base/json.ts";
import type { Ending } from "../../src/core/ending.ts";
import type { Job } from "../../src/core/job.ts";
import { MAX_STATE_BYTES, undoChange } from "../../src/core/state.ts";
import type { Store } from "../../src/store/store.ts";
import { answerOf, attemptOf, claimJob, enqueueJob, failure, success } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";
import { settleJob } from "../support/dispatch.ts";

const MAX_ATTEMPTS = 2;

Deno.test("a success merges its updates into the state", () => {
  using temp = openTempStore();
  temp.store.states.write("echo", '{"a":1,"b":1}', 0);
  const settled = settleJob(temp, attemptOf(claimJob(temp.store), { ending: success({ b: 2 }) }));
  assert.deepEqual(settled?.verdict, { status: "succeeded" });
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: { a: 1, b: 2 } });
});

Deno.test("a state that does not fit, or whose stored state cannot be read, fails the attempt", () => {
  for (const stored of ["{}", "damaged"]) {
    using temp = openTempStore();
    temp.store.states.write("echo", stored, 0);
    const updates = { a: stored === "{}" ? "x".repeat(MAX_STATE_BYTES) : 1 };
    const ending = { ok: true, answer: answerOf({ updates, retry: false }) } as const;
    const settled = settleJob(temp, attemptOf(claimJob(temp.store), { ending }));
    assert.deepEqual(settled?.verdict, { status: "failed" });
    const final = settled?.attempt.ending;
    assert.equal(final?.ok === false && final.reason, "state");
    assert.equal(final?.answer?.retry, false, "the plugin's answer is kept");
    using db = new DatabaseSync(temp.path, { readOnly: true });
    assert.equal(db.prepare("SELECT state FROM plugin_state").get()?.state, stored);
  }
});

Deno.test("state that a failed attempt leaves is stored with the failure, and fails as state if it does not fit", () => {
  for (const [token, reason] of [["new", "error"], ["x".repeat(MAX_STATE_BYTES), "state"]]) {
    using temp = openTempStore();
    temp.store.states.write("echo", '{"token":"old","cursor":1}', 0);
    const ending = failure("error");
    const settled = settleJob(
      temp,
      attemptOf(claimJob(temp.store), { ending, updates: { token } }),
    );
    assert.deepEqual(settled?.verdict, { status: "failed" });
    const final = settled?.attempt.ending;
    assert.equal(final?.ok === false && final.reason, reason);
    const kept = reason === "error" ? token : "old";
    assert.deepEqual(temp.store.states.read("echo"), {
      ok: true,
      state: { token: kept, cursor: 1 },
    });
  }
});

Deno.test("the history of a state leads back to each of the states before, as far as it reaches", () => {
  const updates = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom(null, 1, "x", [2]));
  const oneRun = fc.record({ updates, isOk: fc.boolean() });
  fc.assert(
    fc.property(fc.array(oneRun, { maxLength: 20 }), (runs) => {
      using temp = openTempStore();
      const former: JsonObject[] = [];
      for (const { updates, isOk } of runs) {
        const before = readState(temp.store);
        const ending = isOk ? success(updates) : failure("exit");
        settleJob(temp, attemptOf(claimJob(temp.store), { ending }));
        if (!isDeepStrictEqual(readState(temp.store), before)) former.unshift(before);
      }
      using db = new DatabaseSync(temp.path, { readOnly: true });
      const changes = db.prepare("SELECT former FROM state_history ORDER BY id DESC").all();
      let state = readState(temp.store);
      const led = changes.map((row) => {
        state = undoChange(state, JSON.parse(String(row.former)));
        return state;
      });
      assert.deepEqual(led, former);
    }),
    { numRuns: 20 },
  );
});

/** The state of the plugin "echo". */
function readState(store: Store): JsonObject {
  const stored = store.states.read("echo");
  assert.ok(stored.ok);
  return stored.state;
}

Deno.test("a success without updates stores no state", () => {
  using temp = openTempStore();
  assert.ok(settleJob(temp, attemptOf(claimJob(temp.store))));
  using db = new DatabaseSync(temp.path, { readOnly: true });
  assert.equal(db.prepare("SELECT count(*) AS n FROM plugin_state").get()?.n, 0);
});

Deno.test("nothing is stored of an attempt whose job is no longer running", () => {
  using temp = openTempStore();
  const job = claimJob(temp.store);
  assert.ok(settleJob(temp, attemptOf(job)));
  assert.equal(settleJob(temp, attemptOf(job, { ending: success({ a: 1 }) })), undefined);
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
  using db = new DatabaseSync(temp.path, { readOnly: true });
  assert.equal(db.prepare("SELECT count(*) AS n FROM job_log").get()?.n, 1);
});

Deno.test("a settle that fails halfway leaves the job running and the state as it was", () => {
  using temp = openTempStore();
  const job = claimJob(temp.store);
  const fail = () => {
    throw new Error("halfway");
  };
  const parts = { store: temp.store, onCheckpoint: fail };
  assert.throws(() => settleJob(parts, attemptOf(job, { ending: success({ a: 1 }) })), /halfway/);
  assert.deepEqual(temp.store.jobs.running().map(({ id }) => id), [job.id]);
  assert.deepEqual(temp.store.states.read("echo"), { ok: true, state: {} });
});

interface ModelJob {
  readonly id: string;
  readonly plugin: string;
  status: string;
  attempt: number;
}

/** The queue as plain data: what each operation must do to a list of jobs. */
class Model {
  readonly jobs: ModelJob[] = [];
  readonly log: string[] = [];

  oldest(status: string): ModelJob | undefined {
    return this.jobs.find((job) => job.status === status);
  }

  /** The oldest job of a plugin that runs nothing. */
  next(): ModelJob | undefined {
    const running = this.jobs.filter(({ status }) => status === "running");
    return this.jobs.find(({ status, plugin }) =>
      status === "queued" && running.every((job) => job.plugin !== plugin)
    );
  }

  settle(job: ModelJob, status: string): void {
    this.log.push(`${job.id} ${job.attempt} ${status}`);
    if (status === "interrupted") {
      job.status = "queued";
      job.attempt++;
    } else {
      job.status = status;
    }
  }
}

Deno.test("any sequence of enqueue, claim, settle, crash and recover agrees with a plain model", () => {
  const step = fc.constantFrom(
    "enqueue a",
    "enqueue b",
    "claim",
    "succeed",
    "fail",
    "crash and recover",
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      using temp = openTempStore();
      const { store } = temp;
      const model = new Model();
      const held = new Map<string, Job>();

      const end = (ending: Ending, status: string) => {
        const expected = model.oldest("running");
        const job = expected && held.get(expected.id);
        if (expected === undefined || job === undefined) return;
        assert.ok(settleJob(temp, attemptOf(job, { ending })));
        model.settle(expected, status);
      };
      const enqueue = (plugin: string) => {
        const id = enqueueJob(store, { plugin, maxAttempts: MAX_ATTEMPTS });
        model.jobs.push({ id, plugin, status: "queued", attempt: 1 });
      };
      const act: Record<typeof steps[number], () => void> = {
        "enqueue a": () => enqueue("a"),
        "enqueue b": () => enqueue("b"),
        claim: () => {
          const job = store.jobs.claim(0);
          const expected = model.next();
          assert.equal(job?.id, expected?.id);
          assert.equal(job?.attempt, expected?.attempt);
          if (job === undefined || expected === undefined) return;
          expected.status = "running";
          held.set(job.id, job);
        },
        succeed: () => end(success(), "succeeded"),
        fail: () => end(failure("exit"), "failed"),
        "crash and recover": () => {
          for (const job of store.jobs.running()) {
            settleJob(temp, attemptOf(job, { ending: failure("interrupted") }));
          }
          for (const job of model.jobs.filter(({ status }) => status === "running")) {
            model.settle(job, job.attempt < MAX_ATTEMPTS ? "interrupted" : "dead");
          }
        },
      };
      for (const name of steps) act[name]();

      using db = new DatabaseSync(temp.path, { readOnly: true });
      const rows = db.prepare("SELECT id, plugin, status, attempt FROM job_queue ORDER BY seq")
        .all();
      assert.deepEqual(rows.map((row) => ({ ...row })), model.jobs);
      const log = db.prepare("SELECT job_id, attempt, status FROM job_log ORDER BY id").all();
      assert.deepEqual(log.map((row) => `${row.job_id} ${row.attempt} ${row.status}`), model.log);
    }),
    { numRuns: 60 },
  );
});
