import assert from "node:assert/strict";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openDatabase } from "../../src/sqlite/database.ts";
import { Attempts } from "../../src/store/attempts.ts";
import { STATE_FORMAT } from "../../src/store/format.ts";
import { Heartbeats } from "../../src/store/heartbeats.ts";
import { History } from "../../src/store/history.ts";
import { Jobs } from "../../src/store/jobs.ts";
import { Plans } from "../../src/store/plans.ts";
import { Audit, Pauses } from "../../src/store/owner.ts";
import { Entries } from "../../src/store/entries.ts";
import { Healths, Totals } from "../../src/store/accounts.ts";
import { Waits } from "../../src/store/waits.ts";
import { States } from "../../src/store/states.ts";

/** How SQLite runs each statement of the store, in the order of preparation. */
const PLANS: readonly (readonly [statement: string, plan: readonly string[]])[] = [
  ["INSERT INTO job_queue", []],
  ["SELECT id FROM job_queue WHERE plugin = ?", [
    "SEARCH job_queue USING INDEX job_queue_live_plugin (plugin=?)",
  ]],
  ["UPDATE job_queue SET status = 'running'", [
    "SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)",
    "SCALAR SUBQUERY",
    "SCAN head USING COVERING INDEX queue_head_seq", // up to the first plugin that is not busy
    "LIST SUBQUERY",
    "SCAN json_each VIRTUAL TABLE INDEX 1:", // the plugins that are busy or held back
    "CREATE BLOOM FILTER",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH other USING COVERING INDEX job_queue_running (plugin=?)",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH pauses USING PRIMARY KEY (plugin=?)",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH own USING INTEGER PRIMARY KEY (rowid=?)",
  ]],
  ["SELECT seq, CAST(id AS BLOB) AS id", [
    "SEARCH job_queue USING INDEX job_queue_again (seq>? AND seq<?)",
  ]],
  ["UPDATE job_queue SET pid = NULL", ["SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)"]],
  ["UPDATE job_queue SET pid = ?", [
    "SEARCH job_queue USING INDEX sqlite_autoindex_job_queue_1 (id=?)",
  ]],
  ["SELECT seq, CAST(id AS BLOB) AS id", [ // the few that are running
    "SCAN job_queue USING INDEX job_queue_running",
    "USE TEMP B-TREE FOR ORDER BY",
  ]],
  ["UPDATE job_queue SET status = ?, completed_at", [
    "SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)",
  ]],
  ["UPDATE job_queue SET status = 'queued'", [
    "SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)",
  ]],
  ["INSERT INTO job_log", []],
  ["DELETE FROM job_queue WHERE completed_at > ?", [
    "SEARCH job_queue USING INDEX sqlite_autoindex_job_queue_1 (id=?)",
    "LIST SUBQUERY",
    "SEARCH job_log USING INDEX job_log_completed (completed_at>?)",
    "SCALAR SUBQUERY",
    "SEARCH job_log USING COVERING INDEX job_log_completed (completed_at<?)",
  ]],
  ["DELETE FROM job_log WHERE id IN ( SELECT id FROM job_log WHERE completed_at > ?", [
    "SEARCH job_log USING INTEGER PRIMARY KEY (rowid=?)",
    "LIST SUBQUERY",
    "SEARCH job_log USING COVERING INDEX job_log_completed (completed_at>?)",
    "SCALAR SUBQUERY",
    "SEARCH job_log USING COVERING INDEX job_log_completed (completed_at<?)",
  ]],
  ["DELETE FROM job_queue", [
    "SEARCH job_queue USING INDEX sqlite_autoindex_job_queue_1 (id=?)",
    "LIST SUBQUERY",
    "SEARCH job_log USING INDEX job_log_completed (completed_at<?)",
  ]],
  ["DELETE FROM job_log", [
    "SEARCH job_log USING INTEGER PRIMARY KEY (rowid=?)",
    "LIST SUBQUERY",
    "SEARCH job_log USING COVERING INDEX job_log_completed (completed_at<?)",
  ]],
  ["SELECT CAST(state AS BLOB) AS state FROM plugin_state", [
    "SEARCH plugin_state USING INDEX sqlite_autoindex_plugin_state_1 (plugin_name=?)",
  ]],
  ["INSERT INTO plugin_state", []],
  ["INSERT INTO state_history", []],
  ["DELETE FROM state_history WHERE plugin = ?", [
    "SEARCH state_history USING COVERING INDEX state_history_plugin (plugin=? AND id<?)",
    "SCALAR SUBQUERY",
    "SEARCH state_history USING COVERING INDEX state_history_plugin (plugin=?)",
  ]],
  ["SELECT sum(octet_length(former))", [ // of the few that are kept of one plugin
    "SEARCH state_history USING INDEX state_history_plugin (plugin=?)",
  ]],
  ["DELETE FROM state_history WHERE id IN", [ // of the few that are kept of one plugin
    "SEARCH state_history USING INTEGER PRIMARY KEY (rowid=?)",
    "LIST SUBQUERY",
    "CO-ROUTINE (subquery-1)",
    "CO-ROUTINE (subquery-3)",
    "CO-ROUTINE (subquery-4)",
    "SEARCH state_history USING INDEX state_history_plugin (plugin=?)",
    "SCAN (subquery-4)",
    "SCAN (subquery-3)",
    "SCAN (subquery-1)",
  ]],
  ["SELECT plugin_name FROM plugin_state", [ // read whole, once at the start
    "SCAN plugin_state USING COVERING INDEX sqlite_autoindex_plugin_state_1",
  ]],
  ["SELECT CAST(plugin AS BLOB) AS plugin, next_run_at", ["SCAN schedule"]], // read whole, after each change
  ["INSERT INTO schedule", []],
  ["PRAGMA data_version", []],
  ["SELECT pid, boot_id", ["SEARCH heartbeat USING INTEGER PRIMARY KEY (rowid=?)"]],
  ["INSERT INTO heartbeat", []],
  ["UPDATE heartbeat SET stopped_at = ?", ["SEARCH heartbeat USING INTEGER PRIMARY KEY (rowid=?)"]],
  ["SELECT min(not_before)", [
    "SEARCH job_queue USING COVERING INDEX job_queue_waiting (not_before>?)",
  ]],
  ["UPDATE job_queue SET not_before = NULL", [
    "SEARCH job_queue USING COVERING INDEX job_queue_waiting (not_before<?)",
  ]],
  ["SELECT seq, not_before", [ // those that wait
    "SEARCH job_queue USING INDEX job_queue_waiting (not_before>?)",
  ]],
  ["UPDATE job_queue SET not_before = ?", ["SEARCH job_queue USING INTEGER PRIMARY KEY (rowid=?)"]],
  ["SELECT 1 FROM queue_head", [ // a row for each plugin
    "SCAN queue_head USING COVERING INDEX queue_head_seq",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
  ]],
  ["DELETE FROM queue_head", [
    "SCAN queue_head USING COVERING INDEX queue_head_seq",
    "CORRELATED SCALAR SUBQUERY",
    "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
  ]],
  ["SELECT failures", ["SEARCH health USING PRIMARY KEY (plugin=? AND command=?)"]],
  ["INSERT INTO health", []],
  ["INSERT INTO totals", []],
  ["INSERT OR REPLACE INTO entries", ["SCAN json_each VIRTUAL TABLE INDEX 1:"]],
  ["DELETE FROM entries", [ // once at the start
    "SCAN entries",
    "LIST SUBQUERY",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "CREATE BLOOM FILTER",
  ]],
  ["SELECT plugin, paused_at", ["SCAN pauses"]],
  ["INSERT OR REPLACE INTO pauses", []],
  ["DELETE FROM pauses WHERE plugin = ?", ["SEARCH pauses USING PRIMARY KEY (plugin=?)"]],
  ["DELETE FROM pauses WHERE until", ["SCAN pauses"]], // at most one of each entry
  ["INSERT INTO audit", []],
  ["DELETE FROM audit", ["SEARCH audit USING INDEX audit_at (at<?)"]],
];

/** The statements that the store prepares. */
function statementsOf(db: DatabaseSync): string[] {
  const statements: string[] = [];
  const spy = new Proxy(db, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name);
      return (sql: string): StatementSync => {
        statements.push(sql.trim().replace(/\s+/g, " "));
        return target.prepare(sql);
      };
    },
  });
  new Jobs(spy);
  new Attempts(spy);
  new History(spy);
  new States(spy);
  new Plans(spy);
  new Heartbeats(spy);
  new Waits(spy);
  new Healths(spy);
  new Totals(spy);
  new Entries(spy);
  new Pauses(spy);
  new Audit(spy);
  return statements;
}

Deno.test("every statement finds its rows by an index, without a scan or a sort", () => {
  const folder = Deno.makeTempDirSync();
  using db = openDatabase(`${folder}/state.db`, STATE_FORMAT);
  const statements = statementsOf(db);
  assert.equal(statements.length, PLANS.length);
  for (const [index, [statement, plan]] of PLANS.entries()) {
    const sql = statements[index] ?? "";
    assert.ok(sql.startsWith(statement), `${sql} is not ${statement}`);
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(
      ...sql.matchAll(/\?/g).map(() => null),
    );
    assert.deepEqual(
      steps.map(({ detail }) => String(detail).replace(/ \d+$/, "")),
      plan,
      sql,
    );
  }
  Deno.removeSync(folder, { recursive: true });
});
