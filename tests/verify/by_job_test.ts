import fc from "fast-check";
import assert from "node:assert/strict";
import { byJob } from "../../src/verify/by_job.ts";
import type { AttemptRow, JobRow } from "../../src/verify/rows.ts";

const hex = fc.constantFrom("", "00", "0041", "41", "4100", "9F", "A0", "FF");

/** Only what the merge looks at. */
const jobOf = (id: string) => ({ id }) as JobRow;
const attemptOf = (jobId: string, id: number) => ({ jobId, id }) as AttemptRow;

Deno.test("each job comes once with all its attempts, and attempts of no job by themselves", () => {
  fc.assert(fc.property(fc.uniqueArray(hex), fc.array(hex), (ids, jobIds) => {
    const jobs = ids.sort().map(jobOf);
    const attempts = jobIds.sort().map(attemptOf);
    const merged = [...byJob(jobs.values(), attempts.values())];
    const expected = [...new Set([...ids, ...jobIds])].sort().map((id) => ({
      job: jobs.find((job) => job.id === id),
      attempts: attempts.filter(({ jobId }) => jobId === id),
    }));
    assert.deepEqual(merged, expected);
  }));
});
