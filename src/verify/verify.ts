import type { DatabaseSync } from "node:sqlite";
import { findDamage } from "../sqlite/integrity.ts";
import { readDatabase } from "../sqlite/reader.ts";
import { STATE_FORMAT } from "../store/format.ts";
import { checkAccounts } from "./accounts.ts";
import { byJob } from "./by_job.ts";
import { checkJob } from "./job.ts";
import { readLog } from "./log.ts";
import { collectFindings, type Find, type Findings } from "./promise.ts";
import { readResumes } from "./resumes.ts";
import { attemptsByJob, attemptsInOrder, jobsById, rowsOf } from "./rows.ts";
import { checkPlans, readPresent } from "./schedule.ts";
import { checkChanges, checkMakers } from "./state_history.ts";
import { checkHeads, checkNumbers, checkReadable, checkRunning, checkStates } from "./tables.ts";

export { type Finding, type Findings, PROMISE_IDS, PROMISES } from "./promise.ts";

/** What a database holds of what the gateway promises. */
export interface Verified {
  readonly jobs: number;
  readonly attempts: number;
  readonly entries: number;
  /** The rows that break a promise. */
  readonly broken: Findings;
  /** The rows that show that the clock was set back. */
  readonly notes: Findings;
}

/**
 * Computes the promises of the gateway again from the database at `path`, as it is at one moment, with the
 * functions that the gateway uses. Reads every row once or twice, in little memory.
 *
 * @param limit how many findings to keep; the others are counted.
 * @throws `DatabaseUnusable` when it cannot be read, or is of another version or program.
 */
export function verifyDatabase(path: string, limit: number): Verified {
  const { find, broken, notes } = collectFindings(limit);
  const counts = readDatabase(path, STATE_FORMAT, (db) => {
    db.exec("PRAGMA cache_size = -32768"); // KiB; indexes are read in their own order
    const damage = findDamage(db, "full");
    if (damage === undefined) return verify(db, find);
    find("database.whole", "*", path, damage); // what the other checks would read cannot be trusted
    return { jobs: 0, attempts: 0, entries: 0 };
  });
  return { ...counts, broken: broken(), notes: notes() };
}

function verify(db: DatabaseSync, find: Find): Pick<Verified, "jobs" | "attempts" | "entries"> {
  checkNumbers(db, find);
  checkReadable(db, find);
  checkHeads(db, find);
  checkStates(db, find);
  checkChanges(db, find);
  const present = readPresent(db, find);
  checkPlans(db, present, find);
  const resumes = readResumes(db);
  const facts = readLog(attemptsInOrder(db), present.loadedAt, resumes, find);
  checkRunning(db, facts, find);
  checkAccounts(db, facts, resumes, find);
  const { terms, cutoff, entries } = present;
  const { presentFrom, attempts } = facts;
  const oldest = readOldest(db);
  checkMakers(db, oldest, present.lastTickAt, find);
  const termsOf = (plugin: string) => terms.get(plugin);
  let jobs = 0;
  for (const history of byJob(jobsById(db), attemptsByJob(db))) {
    checkJob(history, { oldest, cutoff, presentFrom, termsOf }, find);
    if (history.job !== undefined) jobs++;
  }
  return { jobs, attempts, entries };
}

function readOldest(db: DatabaseSync): string | undefined {
  const [row] = rowsOf(db, "SELECT min(completed_at) AS oldest FROM job_log");
  return row?.oldest == null ? undefined : String(row.oldest);
}
