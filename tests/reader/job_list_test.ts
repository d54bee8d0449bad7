import assert from "node:assert/strict";
import { type JobFilter, listJobs } from "../../src/reader/job_list.ts";
import { readHistory, type WrittenJob } from "../support/history.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-27T12:00:00.000Z");

function ended(id: string, hoursAgo: number, changes: Partial<WrittenJob> = {}): WrittenJob {
  const { status = "succeeded" } = changes;
  const endedAt = NOW - hoursAgo * HOUR;
  const retried = { status: "failed", endedAt: endedAt - HOUR / 2, retryAt: endedAt } as const;
  const attempts = status === "succeeded" || status === "failed" || status === "dead"
    ? [...status === "failed" ? [retried] : [], {
      status,
      endedAt,
      ...status !== "succeeded" && { reason: "exit", error: "exit code 1" },
    }]
    : [];
  return { id, status, createdAt: endedAt - HOUR, attempts, ...changes };
}

/** In the order of their ends, which is not that of the queue. */
const JOBS: readonly WrittenJob[] = [
  ended("old", 30),
  ended("failed", 20, { status: "failed" }),
  ended("web", 15, { plugin: "web" }),
  ended("dead", 10, { status: "dead" }),
  ended("web-failed", 8, { plugin: "web", status: "failed" }),
  ended("new", 5),
  {
    id: "waiting",
    status: "queued",
    createdAt: NOW - 40 * HOUR,
    notBefore: NOW + HOUR,
    attempts: [
      { status: "failed", endedAt: NOW - HOUR, retryAt: NOW + HOUR },
    ],
  },
  { id: "running", plugin: "web", status: "running", createdAt: NOW - 2 * HOUR },
  { id: "ready", status: "queued", createdAt: NOW - HOUR },
];

function list(filter: Partial<JobFilter>): readonly string[] {
  const whole = { states: [], limit: 20, ...filter };
  return readHistory([], JOBS, (reader) => listJobs(reader, whole).map(({ id }) => id));
}

const cases: readonly (readonly [what: string, filter: Partial<JobFilter>, ids: string])[] = [
  ["all", {}, "running ready waiting new web-failed dead web failed old"],
  ["at most some", { limit: 4 }, "running ready waiting new"],
  ["of a plugin", { plugin: "web" }, "running web-failed web"],
  ["of another", { plugin: "gone" }, ""],
  ["live", { states: ["queued", "running"] }, "running ready waiting"],
  ["queued", { states: ["queued"] }, "ready waiting"],
  ["succeeded", { states: ["succeeded"] }, "new web old"],
  ["failed", { states: ["failed"] }, "web-failed failed"],
  ["dead", { states: ["dead"] }, "dead"],
  ["bad", { states: ["dead", "failed"] }, "web-failed dead failed"],
  ["the worst two", { states: ["dead", "failed"], limit: 2 }, "web-failed dead"],
  ["failed and running", { states: ["failed", "running"] }, "running web-failed failed"],
  ["failed of a plugin", { states: ["failed"], plugin: "mail" }, "failed"],
  ["succeeded of a plugin", { states: ["succeeded"], plugin: "web" }, "web"],
  ["since", { since: NOW - 10 * HOUR }, "running ready waiting new web-failed dead"],
  ["since, of a plugin", { since: NOW - 10 * HOUR, plugin: "web" }, "running web-failed"],
  ["bad since", { since: NOW - 9 * HOUR, states: ["failed", "dead"] }, "web-failed"],
  ["since the future", { since: NOW + 9 * HOUR, states: ["succeeded"] }, ""],
];
for (const [what, filter, ids] of cases) {
  Deno.test(`jobs that are listed: ${what}`, () => {
    assert.equal(list(filter).join(" "), ids);
  });
}

Deno.test("a listed job says how long its last attempt took and why it failed", () => {
  const jobs = readHistory([], JOBS, (reader) => listJobs(reader, { states: [], limit: 20 }));
  const of = (id: string) => {
    const job = jobs.find((job) => job.id === id);
    return [job?.durationMs, job?.reason, job?.lastError];
  };
  assert.deepEqual(of("dead"), [1_000, "exit", "exit code 1"]);
  assert.deepEqual(of("new"), [1_000, undefined, undefined]);
  assert.deepEqual(of("running"), [undefined, undefined, undefined]);
  const bad = readHistory([], JOBS, (reader) => listJobs(reader, { states: ["dead"], limit: 1 }));
  assert.deepEqual(bad.map(({ durationMs, reason }) => [durationMs, reason]), [[1_000, "exit"]]);
});

Deno.test("a job that a person ended is listed among the bad ones", () => {
  const jobs: WrittenJob[] = [{ id: "by-hand", status: "dead", createdAt: NOW, attempts: [] }];
  assert.deepEqual(
    readHistory([], jobs, (reader) => listJobs(reader, { states: ["dead"], limit: 9 })).length,
    1,
  );
});
