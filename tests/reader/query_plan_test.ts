import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { readLately } from "../../src/reader/durations.ts";
import { readInstallation } from "../../src/reader/installation.ts";
import { readNext } from "../../src/reader/next.ts";
import { createReader, type Reader } from "../../src/reader/reader.ts";
import { readStatus } from "../../src/reader/status.ts";
import { readWhyFacts } from "../../src/reader/why_facts.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";

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
    ask: (reader) => readNext(reader, 0, { entry: undefined, until: 0, limit: 1 }),
    plans: [...STATUS_PLANS, ["SCAN schedule"]],
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
      assert.deepEqual(plansOf(db, ask), plans);
    }
    Deno.removeSync(folder, { recursive: true });
  });
}
