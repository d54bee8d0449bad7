import { DatabaseSync } from "node:sqlite";
import { openStore } from "../src/store/store.ts";
import { PROGRAM } from "../tests/support/program.ts";
import { type Figure, interleave } from "./support.ts";

/** The commands that look, which must answer at once. */
const LOOKING: readonly (readonly [id: string, args: readonly string[]])[] = [
  ["status", ["status"]],
  ["status-one", ["status", "p7"]],
  ["next", ["next"]],
  ["why", ["why", "p7"]],
  ["jobs", ["jobs"]],
  ["jobs-failed", ["jobs", "--status", "failed", "--plugin", "p7", "--since", "30d"]],
  ["log", ["log"]],
  ["log-failure", ["log", "p7", "--last-failure"]],
];

/** More than `--version` takes, in milliseconds. */
const ALLOWED_MS = 100;

/** Figure: what a command that looks takes more than `--version`, with many plugins and a long history. */
export async function measureSeat(
  rounds: number,
  plugins: number,
  history: number,
): Promise<Figure[]> {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-bench-" });
  fill(`${folder}/data/state.db`, plugins, history);
  const entries = Array.from(
    { length: plugins },
    (_, n) => `  p${n}: { schedule: { every: 1h } }\n`,
  );
  Deno.writeTextFileSync(`${folder}/config.yaml`, `plugins:\n${entries.join("")}`);
  const run = (args: readonly string[]) => async () => {
    const command = new Deno.Command(Deno.execPath(), { args: [...PROGRAM, ...args], cwd: folder });
    const { code, stdout, stderr } = await command.output();
    if (code > 1 || stdout.length === 0) throw new Error(new TextDecoder().decode(stderr));
  };
  const steps = Object.fromEntries(LOOKING.map(([id, args]) => [id, run(args)]));
  const stats = await interleave(rounds, { version: run(["--version"]), ...steps });
  Deno.removeSync(folder, { recursive: true });
  const versionMs = stats.version?.median ?? NaN;
  return LOOKING.map(([id, args]) => ({
    id: `seat.${id}`,
    what:
      `\`${args.join(" ")}\` of ${plugins} plugins and ${history} log rows, over \`--version\` ` +
      `(${Math.round(versionMs)} ms)`,
    ours: (stats[id]?.median ?? NaN) - versionMs,
    p95: (stats[id]?.p95 ?? NaN) - versionMs,
    floor: ALLOWED_MS,
    unit: "ms",
    goal: "<= 1",
  }));
}

/** A database in which each plugin has its share of a history of one job a minute. */
function fill(path: string, plugins: number, history: number): void {
  openStore(path)[Symbol.dispose]();
  using db = new DatabaseSync(path);
  const schedule = JSON.stringify({ everyMs: 3_600_000, jitterMs: 0 });
  const settings = JSON.stringify({
    ...{ entrypoint: "/plugins/p/run.sh", commands: ["poll"], timeoutsMs: { poll: 60_000 } },
    ...{ maxAttempts: 4, circuitBreaker: { threshold: 3, resetAfterMs: 60_000 } },
    ...{ env: [], secretState: [] },
  });
  const at = (expression: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${expression})`;
  const minute = at("'now', '-' || ((SELECT max(i) FROM n) - i) || ' minutes'");
  db.exec(`
    PRAGMA synchronous = OFF;
    CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS
      (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${history}) SELECT i FROM n;
    INSERT INTO job_queue (id, plugin, command, payload, status, attempt, max_attempts, submitted_by,
      created_at, started_at, completed_at, due_at)
    SELECT lower(hex(randomblob(16))), 'p' || (i % ${plugins}), 'poll', '{}',
      CASE WHEN i % 1000 = 7 THEN 'failed' ELSE 'succeeded' END, 1, 4, 'scheduler',
      ${minute}, ${minute}, ${minute}, ${minute} FROM n;
    INSERT INTO job_log (job_id, plugin, command, status, attempt, submitted_by, created_at,
      started_at, completed_at, duration_ms, stderr)
    SELECT id, plugin, command, status, 1, submitted_by, created_at, started_at, completed_at,
      abs(random() % 1000), '' FROM job_queue;
    INSERT INTO entries (name, folder, schedule, settings, status, config_digest, loaded_at)
    SELECT 'p' || (i - 1), '/plugins/p' || (i - 1), '${schedule}', '${settings}', 'enabled', '', ${
    at("'now'")
  }
    FROM n WHERE i <= ${plugins};
    INSERT INTO schedule (plugin, next_run_at, last_run_at, every_ms, jitter_ms)
    SELECT name, ${at("'now', '+1 hours'")}, ${at("'now'")}, 3600000, 0 FROM entries;
    INSERT INTO health (plugin, command, failures) SELECT name, 'poll', 0 FROM entries;`);
}
