/** What a database that only the gateway wrote keeps, by an id for programs. */
export const PROMISES = {
  "database.whole": "SQLite finds no damage in the file",
  "queue.numbers": "no job gets the number of an earlier one",
  "queue.readable": "a job that is queued or running can be read; the gateway fails any other",
  "queue.status": "the times of a job say what its status says",
  "queue.wait": "only a queued job waits, and no longer than from its last attempt on",
  "queue.attempts": "a job has at most max_attempts attempts",
  "queue.running": "of one entry one job runs at a time",
  "queue.heads": "queue_head has the oldest ready job of each entry",
  "log.readable": "the gateway writes times as 2026-01-31T12:00:00.000Z, and no negative durations",
  "log.job": "each attempt belongs to a job",
  "log.same": "an attempt repeats what its job says",
  "log.consecutive": "the attempts of a job count 1, 2, 3 and so on",
  "log.final": "a finished job has one final attempt, its last one; any other job has none",
  "log.verdict": "what follows for a job is what `conclude` says of how its attempt ended",
  "log.overlap": "of one entry one job runs at a time",
  "state.object": "the state of a plugin is a JSON object",
  "state.history": "each kept change of a state replaced what it says, in the settle of an attempt",
  "schedule.draw": "a next run lies within what the schedule can draw",
  "entries.complete": "entries holds what the gateway read at one start",
  "health.fold": "health is what the jobs of the entry led to, one after another",
  "totals.count": "totals counts each attempt that job_log has",
  "clock.order": "times follow one another, unless the clock was set back",
} as const;

/** Their ids. */
export const PROMISE_IDS: readonly string[] = Object.keys(PROMISES);

/** The id of a promise. */
export type PromiseId = keyof typeof PROMISES;

/** A row that does not hold. */
export interface Finding {
  readonly promise: PromiseId;
  readonly table: string;
  /** What identifies the row, for people: its columns and their values. */
  readonly key: string;
  /** What it holds, and what it should. */
  readonly what: string;
}

/** Where to add findings. */
export type Find = (promise: PromiseId, table: string, key: string, what: string) => void;

/** Findings, up to a limit; the rest is counted. */
export interface Findings {
  readonly shown: readonly Finding[];
  readonly more: number;
}

/** Collects findings: the first `limit` of those that break a promise, and of those on the clock. */
export function collectFindings(limit: number) {
  const broken = createList(limit);
  const notes = createList(limit);
  const find: Find = (promise, table, key, what) => {
    const list = promise === "clock.order" ? notes : broken;
    list.add({ promise, table, key, what });
  };
  return { find, broken: broken.get, notes: notes.get };
}

function createList(limit: number) {
  const shown: Finding[] = [];
  let more = 0;
  return {
    add(finding: Finding): void {
      if (shown.length < limit) shown.push(finding);
      else more++;
    },
    get: (): Findings => ({ shown, more }),
  };
}
