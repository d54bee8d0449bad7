import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { type Job, statusAfterInterruption } from "../../src/store/jobs.ts";
import { openTempStore } from "../support/memory.ts";

const MAX_ATTEMPTS = 2;
const ended = { completedAt: 1, durationMs: 1, stderr: "" };

function jobOf(plugin: string) {
  return { plugin, command: "poll", maxAttempts: MAX_ATTEMPTS, submittedBy: "scheduler", now: 0 };
}

Deno.test("jobs are claimed in the order in which they were enqueued", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  const ids = ["a", "b", "c"].map((plugin) => jobs.enqueue(jobOf(plugin)));
  assert.deepEqual(ids.map(() => jobs.claim(0)?.id), ids);
  assert.equal(jobs.claim(0), undefined);
});

Deno.test("a job that is not running any more is not settled again", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  jobs.enqueue(jobOf("a"));
  const job = jobs.claim(0);
  assert.ok(job);
  assert.equal(jobs.settle(job, { status: "succeeded", ...ended }), true);
  assert.equal(jobs.settle(job, { status: "failed", ...ended }), false);
  using db = new DatabaseSync(temp.path, { readOnly: true });
  assert.deepEqual(db.prepare("SELECT status FROM job_log").all().map((row) => row.status), [
    "succeeded",
  ]);
});

Deno.test("job_log keeps at most 64 KiB of stdout and stderr", () => {
  using temp = openTempStore();
  const { jobs } = temp.store;
  jobs.enqueue(jobOf("a"));
  const job = jobs.claim(0);
  assert.ok(job);
  const long = "x".repeat(100_000);
  jobs.settle(job, { ...ended, status: "failed", reason: "exit", stderr: long, stdout: long });
  using db = new DatabaseSync(temp.path, { readOnly: true });
  const row = db.prepare("SELECT length(stderr) AS err, length(stdout) AS out FROM job_log").get();
  assert.deepEqual({ ...row }, { err: 65_536, out: 65_536 });
});

interface ModelJob {
  readonly id: string;
  status: string;
  attempt: number;
}

/** The queue as plain data: what each operation should do to a list of jobs. */
class Model {
  readonly jobs: ModelJob[] = [];
  readonly log: string[] = [];

  oldest(status: string): ModelJob | undefined {
    return this.jobs.find((job) => job.status === status);
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
  const step = fc.constantFrom("enqueue", "claim", "succeed", "fail", "crash and recover");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      using temp = openTempStore();
      const { store } = temp;
      const model = new Model();
      const held = new Map<string, Job>();

      const settle = (status: "succeeded" | "failed") => {
        const expected = model.oldest("running");
        const job = expected && held.get(expected.id);
        if (expected === undefined || job === undefined) return;
        assert.equal(store.transaction(() => store.jobs.settle(job, { ...ended, status })), true);
        model.settle(expected, status);
      };
      const act: Record<typeof steps[number], () => void> = {
        enqueue: () => {
          const id = store.jobs.enqueue(jobOf("echo"));
          model.jobs.push({ id, status: "queued", attempt: 1 });
        },
        claim: () => {
          const job = store.jobs.claim(0);
          const expected = model.oldest("queued");
          assert.equal(job?.id, expected?.id);
          assert.equal(job?.attempt, expected?.attempt);
          if (job === undefined || expected === undefined) return;
          expected.status = "running";
          held.set(job.id, job);
        },
        succeed: () => settle("succeeded"),
        fail: () => settle("failed"),
        "crash and recover": () => {
          for (const job of store.jobs.running()) {
            const status = statusAfterInterruption(job);
            store.jobs.settle(job, { ...ended, status, reason: "interrupted" });
          }
          for (const job of model.jobs.filter(({ status }) => status === "running")) {
            model.settle(job, job.attempt < MAX_ATTEMPTS ? "interrupted" : "dead");
          }
        },
      };
      for (const name of steps) act[name]();

      using db = new DatabaseSync(temp.path, { readOnly: true });
      const rows = db.prepare("SELECT id, status, attempt FROM job_queue ORDER BY seq").all();
      assert.deepEqual(rows.map((row) => ({ ...row })), model.jobs);
      const log = db.prepare("SELECT job_id, attempt, status FROM job_log ORDER BY id").all();
      assert.deepEqual(log.map((row) => `${row.job_id} ${row.attempt} ${row.status}`), model.log);
    }),
    { numRuns: 60 },
  );
});
