import { DatabaseSync } from "node:sqlite";
import type { DispatchParts } from "../src/dispatcher/dispatch.ts";
import { encodeRequest } from "../src/plugin/protocol.ts";
import { findSetsid, spawn } from "../src/process/spawn.ts";
import { openStore } from "../src/store/store.ts";
import { enqueueJob } from "../tests/support/jobs.ts";
import { dispatchParts, pluginSpec, setupOf } from "../tests/support/setup.ts";
import { TINY } from "./program.ts";
import { SILENT } from "./support.ts";
import { dispatchNext } from "../tests/support/dispatch.ts";

/** The measured plugins: the shipped echo, and the smallest one that answers. */
export const SCRIPTS = {
  echo: Deno.readTextFileSync(new URL("../plugins/echo/run.sh", import.meta.url)),
  tiny: TINY,
} as const;

/** The name of a measured plugin. */
export type PluginName = keyof typeof SCRIPTS;

/** A folder with the measured plugins, and the gateway's own parts over a database in it. */
export function createFixture(changes: Partial<DispatchParts> = {}) {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "senechal-bench-" }));
  for (const [name, script] of Object.entries(SCRIPTS)) {
    Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeTextFileSync(`${folder}/${name}/run.sh`, script);
    Deno.chmodSync(`${folder}/${name}/run.sh`, 0o755);
  }
  const store = openStore(`${folder}/state.db`);
  const env = { PATH: Deno.env.get("PATH") ?? "" };
  const bare = new DatabaseSync(`${folder}/bare.db`);
  bare.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a TEXT)");
  const insert = bare.prepare("INSERT INTO t VALUES (?)");
  const setup = setupOf(
    ...Object.keys(SCRIPTS).map((name) =>
      pluginSpec({ name, folder: `${folder}/${name}`, entrypoint: `${folder}/${name}/run.sh` })
    ),
  );
  const parts = { ...dispatchParts(store, SILENT), ...changes };

  return {
    folder,
    store,
    enqueue: (plugin: PluginName) => store.transaction(() => enqueueJob(store, { plugin })),
    dispatchNext: () => dispatchNext(parts, setup),
    /** The floor: spawns, feeds and reads the same plugin in the same way, and does nothing else. */
    spawnBare: (plugin: PluginName) => spawnBare(`${folder}/${plugin}`, env),
    /** The floor of a durable write: one row in its own transaction. */
    commitBare(): void {
      insert.run("x");
    },
    [Symbol.dispose]() {
      bare.close();
      store[Symbol.dispose]();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

async function spawnBare(folder: string, env: Record<string, string>): Promise<void> {
  const child = spawn({ entrypoint: `${folder}/run.sh`, cwd: folder, env, setsid: findSetsid() });
  const request = encodeRequest({
    jobId: crypto.randomUUID(),
    command: "poll",
    config: {},
    state: {},
    deadlineAt: Date.now() + 60_000,
    dueAt: 0,
    attempt: 1,
  });
  const writer = child.stdin.getWriter();
  await Promise.all([
    writer.write(request).then(() => writer.close()),
    readAll(child.stdout),
    readAll(child.stderr),
    child.status,
  ]);
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

/** Writes finished jobs of 2020 with their log rows directly into the tables, as settled history. */
export function fillHistory(path: string, rows: number): void {
  using db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(`
    BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts, submitted_by,
      created_at, started_at, completed_at)
    SELECT lower(hex(randomblob(16))), 'tiny', 'poll', '{}', 'succeeded', 1, 4, 'scheduler',
      '2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z' FROM n;
    INSERT INTO job_log (job_id, plugin, command, status, attempt, submitted_by, created_at, started_at,
      completed_at, duration_ms, stderr)
    SELECT id, plugin, command, status, 1, submitted_by, created_at, started_at, completed_at, 5, ''
      FROM job_queue;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);`);
}
