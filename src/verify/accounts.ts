import type { DatabaseSync } from "node:sqlite";
import { isoTime } from "../base/iso_time.ts";
import { UNTRIED } from "../core/breaker.ts";
import { bucketOf } from "../store/accounts.ts";
import { type Fold, keyOf, type LogFacts } from "./log.ts";
import type { Find } from "./promise.ts";
import type { Resumes } from "./resumes.ts";
import { rowsOf } from "./rows.ts";

const UNREAD: Fold = { health: UNTRIED, orElse: UNTRIED, attempts: 0 };

/** Checks `health` and `totals` against the log. Totals outlive it, so they may count more. */
export function checkAccounts(
  db: DatabaseSync,
  facts: LogFacts,
  resumes: Resumes,
  find: Find,
): void {
  const counted = checkTotals(db, facts, find);
  const healths = new Map(
    [...rowsOf(db, HEALTHS)].map((row) => [keyOf(String(row.plugin), String(row.command)), row]),
  );
  for (const key of new Set([...healths.keys(), ...facts.folds.keys()])) {
    const fold = facts.folds.get(key) ?? UNREAD;
    const isWhole = fold.attempts === (counted.get(key) ?? 0);
    const [plugin = "", command = ""] = key.split("\0");
    const say = (what: string) =>
      find("health.fold", "health", `plugin ${plugin}, command ${command}`, what);
    const row = healths.get(key);
    if (row === undefined && fold.health === UNTRIED) continue;
    if (resumes.has(plugin) && facts.setBackAt > 0) continue; // nothing tells what came first
    if (row === undefined) say("there is no such row");
    else checkHealth(row, fold, isWhole, say);
  }
}

const HEALTHS = `SELECT plugin, command, failures, failing_since, last_success_at, last_failure_at
  FROM health`;

const TOTALS = "SELECT plugin, command, outcome, le_ms, attempts, duration_ms FROM totals";

/** Returns how many attempts `totals` counts, by plugin and command. */
function checkTotals(
  db: DatabaseSync,
  { counts }: LogFacts,
  find: Find,
): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  const missing = new Set(counts.keys());
  for (const row of rowsOf(db, TOTALS)) {
    const entry = keyOf(String(row.plugin), String(row.command));
    const bound = Number(row.le_ms);
    const has = { attempts: Number(row.attempts), durationMs: Number(row.duration_ms) };
    const key = keyOf(entry, String(row.outcome), bound);
    const least = counts.get(key) ?? { attempts: 0, durationMs: 0 };
    const say = (what: string) => find("totals.count", "totals", describeKey(key), what);
    if (bucketOf(bound) !== bound) say("le_ms is no bound of a bucket");
    if (has.attempts < least.attempts) {
      say(`attempts is ${has.attempts}; job_log has ${least.attempts}`);
    }
    if (has.durationMs < least.durationMs) {
      say(`duration_ms is ${has.durationMs}; job_log has ${least.durationMs}`);
    }
    missing.delete(key);
    counted.set(entry, (counted.get(entry) ?? 0) + has.attempts);
  }
  for (const key of missing) {
    find(
      "totals.count",
      "totals",
      describeKey(key),
      "there is no such row, but job_log has attempts",
    );
  }
  return counted;
}

function describeKey(key: string): string {
  const [plugin, command, outcome, bound] = key.split("\0");
  return `plugin ${plugin}, command ${command}, outcome ${outcome}, le_ms ${bound}`;
}

/** @param isWhole whether the log has all that led to it; else it is known only since a success. */
function checkHealth(
  row: Readonly<Record<string, unknown>>,
  { health: expected, orElse }: Fold,
  isWhole: boolean,
  say: (what: string) => void,
): void {
  const failures = Number(row.failures);
  const health = failures === orElse.failures ? orElse : expected;
  const isExact = isWhole || health.lastSuccessAt !== undefined;
  if (isExact ? failures !== health.failures : failures < health.failures) {
    const least = isExact ? "" : "at least ";
    say(`failures is ${failures}; expected ${least}${health.failures}`);
  }
  const times = [
    ["failing_since", health.failingSince, isExact],
    ["last_success_at", health.lastSuccessAt, isWhole || health.lastSuccessAt !== undefined],
    ["last_failure_at", health.lastFailureAt, isWhole || health.lastFailureAt !== undefined],
  ] as const;
  for (const [column, expected, isKnown] of times) {
    if (Number.isNaN(expected)) continue; // of an attempt that cannot be read
    const should = expected === undefined ? "NULL" : isoTime(expected);
    const has = String(row[column] ?? "NULL");
    if (isKnown && has !== should) say(`${column} is ${has}; expected ${should}`);
  }
}
