import { mutate, type MutatedFile } from "./mutant.ts";

const PLANTED = ["tests/verify/planted_test.ts"];
const WHOLE = ["tests/verify/verify_test.ts"];
const BACKUP = ["tests/operator/backup_test.ts"];

/** What `backup` and `verify` promise. */
export const KEEPING: readonly MutatedFile[] = [
  mutate(
    "sqlite/backup.ts",
    BACKUP,
    [
      "createNew: true, write: true, mode: 0o600",
      "createNew: true, write: true",
      "others can read it",
    ],
    [
      "    try {\n      const version = await copy",
      "    try {\n      Deno.renameSync(draft, to);\n      const version = await copy",
      "half a copy has the name of a whole one",
    ],
    [
      "      removeDraft(draft);\n      throw error;",
      "      throw error;",
      "a full disk stays full",
    ],
    [
      "  if (lstatIfThere(to) === undefined) return;",
      "  if (lstatIfThere(to)?.isFile !== true) return;",
      "a link or a folder is in the way, and not named",
    ],
    [
      "if (!file.tryLockSync(true)) throw new BackupFailed(to, BUSY);",
      "",
      "two backups write one file",
    ],
    ["if (!found.isFile) throw", "if (found.isDirectory) throw", "a link leads to another file"],
    [
      'db.exec("PRAGMA journal_mode = DELETE");',
      "",
      "reading the copy makes more files beside it",
    ],
    [
      "if (damage === undefined && application",
      "if (application",
      "a damaged copy counts as a backup",
    ],
  ),
  mutate(
    "verify/by_job.ts",
    ["tests/verify/by_job_test.ts"],
    [
      "if (!isOfNone) job = nextOf(jobs);",
      "job = nextOf(jobs);",
      "an attempt without a job hides the next",
    ],
  ),
  mutate(
    "verify/verdict.ts",
    ["tests/verify/verdict_test.ts", ...PLANTED],
    ["terms === undefined ? ANY : [terms]", "ANY", "a retry at any time is one by the policy"],
    ["? [row.exitCode === EX_CONFIG]", "? [true, false]", "a retry against exit code 78 passes"],
    [
      "return row.nextAttemptAt === row.completedAt;",
      "return true;",
      "an interrupted job may wait",
    ],
  ),
  mutate(
    "verify/log.ts",
    ["tests/verify/log_test.ts"],
    [
      "else if (isSetBack) presentFrom = row.id;",
      "",
      "an attempt before a clock was set back counts as new",
    ],
    [
      "if (row.id !== (before?.id ?? 0) + 1) folds.clear();",
      "",
      "pruning makes health look wrong",
    ],
    [
      "[forget(after(fold.health)), after(forget(fold.health))]",
      "[after(fold.health), after(fold.health)]",
      "what an operator has forgotten makes health look wrong",
    ],
    [
      "row.completedAt < loadedAt) presentFrom",
      "false) presentFrom",
      "a changed config makes old retries wrong",
    ],
    ["setBackAt > before.id || isQueuedBeside", "false", "a clock set back counts as an overlap"],
  ),
  mutate(
    "verify/accounts.ts",
    PLANTED,
    [
      "isExact ? failures !== health.failures : failures < health.failures",
      "failures < health.failures",
      "too many failures in a row pass",
    ],
    ["missing.delete(key);", "missing.clear();", "a missing counter passes"],
  ),
  mutate(
    "verify/job.ts",
    ["tests/verify/job_test.ts", ...PLANTED, ...WHOLE],
    [
      'if (attempts.some(({ reason }) => reason === "row")) return;',
      "",
      "a row that was set aside is reported for ever",
    ],
    [
      "completedAt >= around.cutoff",
      "completedAt !== around.cutoff",
      "pruning that was stopped is reported",
    ],
    ["isBefore(job.createdAt, oldest);", "true;", "a lost first attempt passes as pruned"],
    ["if (finals.length > 1)", "if (finals.length > 2)", "a job may end twice"],
  ),
  mutate(
    "verify/state_history.ts",
    PLANTED,
    ["changedAt < oldest", "changedAt > oldest", "a change that no attempt made passes"],
    ["!Object.hasOwn(expected, name)", "false", "a change that changed nothing passes"],
  ),
  mutate(
    "verify/schedule.ts",
    PLANTED,
    ["if (nextRunAt >= from && nextRunAt <= to)", "if (nextRunAt <= to)", "a run too early passes"],
    ['because !== "schedule changed"', 'because !== "unreadable"', "a stale draw passes"],
  ),
  mutate(
    "dispatcher/settle.ts",
    ["tests/verify/planted_test.ts"],
    [
      "store.attempts.add(attempt, verdict, isCounted);",
      "store.attempts.add(attempt, verdict);",
      "verify cannot check health and totals",
    ],
  ),
];
