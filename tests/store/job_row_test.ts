import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { claimJob } from "../support/jobs.ts";
import { openTempStore } from "../support/memory.ts";

/** The job of a row in which another program has set these columns. */
function readAfter(change: string) {
  using temp = openTempStore();
  const job = claimJob(temp.store, { now: 0 });
  temp.store.jobs.recordPid(job.id, 4_711);
  using operator = new DatabaseSync(temp.path);
  operator.exec(`UPDATE job_queue SET ${change}`);
  const [read] = temp.store.jobs.running();
  assert.ok(read);
  return read;
}

Deno.test("a row that can be read has no fault, and keeps its pid", () => {
  const job = readAfter(`payload = '{"a":1}'`);
  assert.deepEqual([job.unreadable, job.pid, job.payload], [undefined, 4_711, { a: 1 }]);
});

Deno.test("a row that cannot be read names its first such column and what it holds, and its pid is not trusted", () => {
  const cases = [
    ["created_at = 'today'", `column created_at holds "today", expected a time`],
    ["payload = '[1]'", `column payload holds "[1]", expected a JSON object`],
    ["id = 'a b'", `column id holds "a b", expected 1 to 200 visible characters`],
    ["id = ''", 'column id holds "", expected'],
    [
      "attempt = 9007199254740993",
      "column attempt holds 9007199254740993, expected a whole number",
    ],
    ["payload = '', created_at = ''", "column created_at holds"],
    ["payload = '{}' || char(0)", "column payload holds"],
  ] as const;
  for (const [change, fault] of cases) {
    const job = readAfter(change);
    assert.ok(job.unreadable?.includes(fault), `${change}: ${job.unreadable}`);
    assert.equal(job.pid, undefined);
    assert.ok(Number.isFinite(job.createdAt) && Number.isSafeInteger(job.attempt));
  }
});
