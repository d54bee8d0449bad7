import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import {
  readAttempts,
  readAttemptsAfter,
  readLastAttempts,
  readLastFailure,
  readLastRow,
} from "../../src/reader/attempts.ts";
import { listJobs } from "../../src/reader/job_list.ts";
import { findIds, hasJobs, readJob } from "../../src/reader/jobs.ts";
import { readLately } from "../../src/reader/attempts.ts";
import { readInstallation } from "../../src/reader/installation.ts";
import { readNext } from "../../src/reader/next.ts";
import { createReader, type Reader } from "../../src/reader/reader.ts";
import { readStatus } from "../../src/reader/status.ts";
import { readWhyFacts } from "../../src/reader/why_facts.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";

/** Stop at the limit. */
const NEWEST = "SCAN log";
const NEWEST_OF = "SEARCH log USING INDEX job_log_plugin (plugin=?)";
const ITS_JOB = "SEARCH job USING INDEX sqlite_autoindex_job_queue_1 (id=?)";
const RUNNING = ["SCAN job USING INDEX job_queue_running", "USE TEMP B-TREE FOR ORDER BY"];
/** Those that are live, but not running; the newest first. */
const QUEUED = [
  "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
  "LIST SUBQUERY",
  "SCAN job_queue USING INDEX job_queue_live_plugin",
  "LIST SUBQUERY",
  "SCAN job_queue USING COVERING INDEX job_queue_running",
  "CREATE BLOOM FILTER",
  "USE TEMP B-TREE FOR ORDER BY",
];
/** The last failed one and the last dead one of a plugin. */
const LAST_BAD = ["failed", "dead"].flatMap(() => [
  "CORRELATED SCALAR SUBQUERY",
  "SEARCH job_log USING COVERING INDEX job_log_bad (plugin=? AND status=?)",
]);
const FIRST_SINCE = ["SEARCH job_log USING COVERING INDEX job_log_completed (completed_at>?)"];

const SOME = { states: [], limit: 20 } as const;

const STATUS_PLANS: readonly (readonly string[])[] = [
  ["SEARCH heartbeat USING INTEGER PRIMARY KEY (rowid=?)"],
  ["SCAN entries"],
  ["SCAN health"],
  [
    "SCAN entries",
    "SEARCH log USING INTEGER PRIMARY KEY (rowid=?)",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH job_log USING COVERING INDEX job_log_plugin (plugin=?)",
  ],
  ["SCAN job_queue USING INDEX job_queue_live_plugin"], // what is queued or running
  ["SCAN schedule"],
  ["SCAN pauses"],
];

/** How SQLite runs each statement of a question, in the order in which they are asked. */
const PLANS: Readonly<
  Record<string, { ask: (reader: Reader) => unknown; plans: readonly (readonly string[])[] }>
> = {
  readStatus: {
    ask: (reader) => readStatus(reader, 0),
    plans: STATUS_PLANS,
  },
  readNext: {
    ask: (reader) => readNext(reader, 0, { entry: undefined, until: 0, limit: 1, limitOfAll: 1 }),
    plans: STATUS_PLANS,
  },
  readWhyFacts: {
    ask: (reader) => readWhyFacts(reader, "it", 0),
    plans: [
      ...STATUS_PLANS,
      ["SCAN job USING INDEX job_queue_running"], // the few that are running
      [
        "SEARCH head USING PRIMARY KEY (plugin=?)",
        "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
      ],
      ["SEARCH job USING INDEX job_queue_waiting (not_before>?)"], // up to the first of the entry
      ["SEARCH job_log USING COVERING INDEX job_log_completed"], // its end
    ],
  },
  readInstallation: {
    ask: (reader) => readInstallation(reader),
    plans: [
      ["SEARCH heartbeat USING INTEGER PRIMARY KEY (rowid=?)"],
      ["SCAN job_log USING COVERING INDEX job_log_completed"], // its last row
      ["SCAN job_queue USING INDEX job_queue_running"],
      ["SCAN pauses"],
      ["SCAN plugin_state USING COVERING INDEX sqlite_autoindex_plugin_state_1"],
    ],
  },
  readLately: {
    ask: (reader) => readLately(reader, "it", 0),
    plans: [[
      "CO-ROUTINE (subquery-1)",
      "SEARCH job_log USING INDEX job_log_plugin (plugin=?)",
      "SCAN (subquery-1)",
    ]],
  },
  findIds: {
    ask: (reader) => findIds(reader, "a", 2),
    plans: [[
      "SEARCH job_queue USING COVERING INDEX sqlite_autoindex_job_queue_1 (id>? AND id<?)",
    ]],
  },
  readJob: { ask: (reader) => readJob(reader, "a"), plans: [[ITS_JOB]] },
  hasJobs: {
    ask: (reader) => hasJobs(reader, "it"),
    plans: [[
      "COMPOUND QUERY",
      "LEFT-MOST SUBQUERY",
      "SEARCH job_log USING COVERING INDEX job_log_plugin (plugin=?)",
      "UNION ALL",
      "SEARCH job_queue USING INDEX job_queue_live_plugin (plugin=?)",
    ]],
  },
  readAttempts: {
    ask: (reader) => readAttempts(reader, { id: "a", seq: 1n }),
    plans: [[
      "MERGE (UNION ALL)",
      "LEFT",
      "SEARCH job_log USING INDEX job_log_again (job_id=?)",
      "RIGHT",
      "SEARCH job_log USING INDEX job_log_completed (completed_at=?)",
      "SCALAR SUBQUERY",
      "SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)",
    ]],
  },
  readLastAttempts: {
    ask: (reader) => [readLastAttempts(reader, undefined, 2), readLastAttempts(reader, "it", 2)],
    plans: [["SCAN job_log"], ["SEARCH job_log USING INDEX job_log_plugin (plugin=?)"]],
  },
  readAttemptsAfter: {
    ask: (reader) => [
      readAttemptsAfter(reader, undefined, 1n, 2),
      readAttemptsAfter(reader, "it", 1n, 2),
    ],
    plans: [
      ["SEARCH job_log USING INTEGER PRIMARY KEY (rowid>?)"],
      ["SEARCH job_log USING INDEX job_log_plugin (plugin=? AND id>?)"],
    ],
  },
  readLastRow: { ask: readLastRow, plans: [["SEARCH job_log"]] },
  readLastFailure: {
    ask: (reader) => [readLastFailure(reader, undefined), readLastFailure(reader, "it")],
    plans: [
      [
        "SEARCH job_log USING INTEGER PRIMARY KEY (rowid=?)",
        "SCALAR SUBQUERY",
        "SEARCH entries USING PRIMARY KEY",
        ...LAST_BAD,
      ],
      [
        "SEARCH job_log USING INTEGER PRIMARY KEY (rowid=?)",
        "SCALAR SUBQUERY",
        "CO-ROUTINE (subquery-3)",
        "SCAN CONSTANT ROW",
        "SEARCH (subquery-3)",
        ...LAST_BAD,
      ],
    ],
  },
  listJobs: {
    ask: (reader) => listJobs(reader, SOME),
    plans: [RUNNING, QUEUED, [NEWEST, ITS_JOB]],
  },
  "listJobs since": {
    ask: (reader) => listJobs(reader, { ...SOME, since: 0 }),
    plans: [
      RUNNING,
      QUEUED,
      FIRST_SINCE,
      ["SEARCH log USING INTEGER PRIMARY KEY (rowid>?)", ITS_JOB],
    ],
  },
  "listJobs of a plugin": {
    ask: (reader) => listJobs(reader, { ...SOME, plugin: "it" }),
    plans: [
      ["SEARCH job USING INDEX job_queue_running (plugin=?)"],
      [
        ...QUEUED.slice(0, 2),
        "SEARCH job_queue USING INDEX job_queue_live_plugin (plugin=?)",
        ...QUEUED.slice(3, -1),
      ],
      [NEWEST_OF, ITS_JOB],
    ],
  },
  "listJobs of a plugin since": {
    ask: (reader) => listJobs(reader, { states: ["succeeded"], limit: 20, plugin: "it", since: 0 }),
    plans: [
      FIRST_SINCE,
      ["SEARCH log USING INDEX job_log_plugin (plugin=? AND id>?)", ITS_JOB],
    ],
  },
  "listJobs that failed": {
    ask: (reader) => listJobs(reader, { ...SOME, states: ["failed", "dead"], since: 0 }),
    plans: [[
      "SEARCH job USING INDEX job_queue_bad (status=? AND completed_at>?)",
      "SEARCH log USING INDEX job_log_completed (completed_at=?) LEFT-JOIN",
    ]],
  },
  "listJobs of a plugin that failed": {
    ask: (reader) => listJobs(reader, { ...SOME, states: ["failed"], plugin: "it" }),
    plans: [["SEARCH log USING INDEX job_log_bad (plugin=? AND status=?)", ITS_JOB]],
  },
};

/** The plan of each statement that `ask` runs. */
function plansOf(db: DatabaseSync, ask: (reader: Reader) => unknown): readonly string[][] {
  const statements: string[] = [];
  const spied = createReader({
    prepare(sql) {
      statements.push(sql);
      return db.prepare(sql);
    },
  });
  ask(spied);
  return statements.map((sql) =>
    db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...sql.matchAll(/\?/g).map(() => null))
      .map(({ detail }) => String(detail).replace(/ \d+$/, ""))
  );
}

for (const [name, { ask, plans }] of Object.entries(PLANS)) {
  Deno.test(`${name} reads no history beyond what it shows`, () => {
    const folder = Deno.makeTempDirSync({ prefix: "senechal-plan-" });
    {
      using db = openDatabase(`${folder}/state.db`, STATE_FORMAT);
      db.exec(
        "INSERT INTO entries (name, status, config_digest, loaded_at) VALUES ('it', 'enabled', '', '')",
      );
      assert.deepEqual(plansOf(db, ask), plans);
    }
    Deno.removeSync(folder, { recursive: true });
  });
}
