import { DatabaseSync } from "node:sqlite";
import { openStore, type Store } from "../src/store/store.ts";
import { attemptOf, enqueueJob, success } from "../tests/support/jobs.ts";
import { fillHistory } from "./fixture.ts";
import { type Figure, summarize, time } from "./support.ts";
import { settleJob } from "../tests/support/dispatch.ts";

/** Queues jobs, of a plugin each, or all of the plugin "busy", of which one runs. */
function fillQueue(path: string, rows: number, isBusy = false): void {
  using db = new DatabaseSync(path);
  db.exec(`
    PRAGMA synchronous = OFF;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts, submitted_by,
      created_at)
    SELECT 'queued-' || i, ${
    isBusy ? "'busy'" : "'p' || i"
  }, 'poll', '{}', 'queued', 1, 4, 'scheduler',
      '2026-01-01T00:00:00.000Z' FROM n;`);
  if (isBusy) db.exec("UPDATE job_queue SET status = 'running' WHERE id = 'queued-1'");
}

/** The plugin that runs, and others of its pool. */
const BUSY = ["busy", ...Array.from({ length: 50 }, (_, n) => `of-its-pool-${n}`)];

/** One job through the queue: enqueue, claim, settle, each committed. */
function cycle(store: Store, busy: readonly string[] = []): void {
  const now = Date.now();
  store.transaction(() => enqueueJob(store, { plugin: "tiny", now }));
  const job = store.jobs.claim(now, busy);
  if (job === undefined) throw new Error("nothing to claim");
  store.jobs.recordPid(job.id, 1);
  settleJob({ store }, attemptOf(job, { ending: success({ a: now }), durationMs: 1 }));
}

/** The floor: the same rows in the same transactions, with bare prepared statements. */
function createBareCycle(path: string): () => void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const insert = db.prepare(
    `INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts, submitted_by,
      created_at) VALUES (?, 'tiny', 'poll', '{}', 'queued', 1, 4, 'scheduler', ?)`,
  );
  const claim = db.prepare(
    "UPDATE job_queue SET status = 'running', started_at = ?, pid = NULL WHERE id = ?",
  );
  const pid = db.prepare("UPDATE job_queue SET pid = 1 WHERE id = ?");
  const state = db.prepare(
    `INSERT INTO plugin_state (plugin_name, state, updated_at) VALUES ('tiny', ?, ?)
      ON CONFLICT (plugin_name) DO UPDATE SET state = excluded.state`,
  );
  const finish = db.prepare(
    "UPDATE job_queue SET status = 'succeeded', completed_at = ?, pid = NULL WHERE id = ?",
  );
  const log = db.prepare(
    `INSERT INTO job_log (job_id, plugin, command, status, attempt, submitted_by, created_at,
      started_at, completed_at, duration_ms, stderr)
      VALUES (?, 'tiny', 'poll', 'succeeded', 1, 'scheduler', ?, ?, ?, 1, '')`,
  );
  return () => {
    const id = crypto.randomUUID();
    const now = new Date().toISOString();
    insert.run(id, now);
    db.exec("PRAGMA synchronous = NORMAL");
    claim.run(now, id);
    db.exec("PRAGMA synchronous = FULL");
    pid.run(id);
    db.exec("BEGIN IMMEDIATE");
    state.run(`{"a":${Date.now()}}`, now);
    finish.run(now, id);
    log.run(id, now, now, now);
    db.exec("COMMIT");
  };
}

interface Case {
  readonly name: string;
  readonly run: () => void;
}

/** Figure 4: the queue against bare statements, and, with history or a backlog, against itself. */
export function measureQueue(rounds: number, history: number, backlog: number): Figure[] {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-bench-" });
  const stores: Store[] = [];
  const open = (name: string, fill: (path: string) => void, busy?: readonly string[]): Case => {
    const path = `${folder}/${name}.db`;
    openStore(path)[Symbol.dispose]();
    fill(path);
    const store = openStore(path);
    stores.push(store);
    return { name, run: () => cycle(store, busy) };
  };
  const cases = [
    open("small", (path) => fillHistory(path, 1_000)),
    open("history", (path) => fillHistory(path, history)),
    open("backlog", (path) => fillQueue(path, backlog)),
    open("busy", (path) => fillQueue(path, backlog, true), ["busy"]),
    open("pool", (path) => fillQueue(path, backlog, true), BUSY),
  ];
  openStore(`${folder}/bare.db`)[Symbol.dispose]();
  fillHistory(`${folder}/bare.db`, 1_000);
  cases.push({ name: "bare", run: createBareCycle(`${folder}/bare.db`) });

  const durations = new Map(cases.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of cases) durations.get(name)?.push(time(run));
  }
  const median = (name: string) => summarize(durations.get(name) ?? []).median;
  const p95 = (name: string) => summarize(durations.get(name) ?? []).p95;
  const perSecond = (name: string) => 1_000 / median(name);
  for (const store of stores) store[Symbol.dispose]();
  Deno.removeSync(folder, { recursive: true });

  const against = (name: string, what: string): Figure => ({
    id: `queue.${name}`,
    what,
    ours: median(name),
    floor: median("small"),
    p95: p95(name),
    unit: "ms",
    goal: "<= 1.2",
  });
  return [
    {
      id: "queue.rate",
      what: "enqueue, claim and settle, against the same rows by bare statements",
      ours: perSecond("small"),
      floor: perSecond("bare"),
      unit: "jobs/s",
      goal: ">= 0.8",
    },
    against("history", `the same with ${history} rows of history, against 1,000`),
    against("backlog", `the same with ${backlog} jobs queued, against 1,000 rows of history`),
    against("busy", `the same with ${backlog} jobs queued behind one busy plugin, against none`),
    against("pool", `the same with 50 more plugins in the full pool of that one, against none`),
  ];
}
