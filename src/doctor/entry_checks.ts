import { formatDistance } from "../base/duration.ts";
import { resumeByHand } from "../store/entries.ts";
import type { Facts, PluginFacts, TableFacts } from "./facts.ts";
import { type Check, type Found, overTables } from "./finding.ts";
import { edit, list, word } from "./shell.ts";

/** The entries of the config and their plugins. */
export const entryChecks: readonly Check[] = [
  { id: "entry.refused", severity: "problem", judge: judgeRefused },
  { id: "entry.stale", severity: "problem", judge: overTables(judgeStale) },
  { id: "entry.paused", severity: "warning", judge: overTables(judgePaused) },
  { id: "plugin.interpreter", severity: "problem", judge: judgeInterpreter },
  { id: "plugin.unconfined", severity: "note", judge: judgeUnconfined },
];

/** What others may write to is another check's finding. */
function judgeRefused({ plugins, config }: Facts): readonly Found[] {
  const isOpen = (name: string) => plugins.writable.some((one) => one.name === name);
  return plugins.refused
    .filter(({ name, codes }) => !(isOpen(name) && codes.every((code) => code === "writable")))
    .map(({ name, error }) => ({
      evidence: `${name} does not run: ${error}`,
      fix: `senechal-gw check --config ${word(config.path)}`,
    }));
}

const DAY = 86_400_000;

/** How long an entry with this interval may go without a success, in milliseconds. */
function patienceMs(everyMs: number): number {
  return Math.max(3 * everyMs, DAY);
}

/** Counts from the start of a gateway that has had no time yet. */
function judgeStale(tables: TableFacts, { now, config }: Facts): readonly Found[] {
  const { life, gateway, entries } = tables;
  if (life !== "running" || gateway === undefined) return [];
  return entries.flatMap(({ entry: { name, status, schedule }, health, last }) => {
    if (status !== "enabled" || schedule === undefined || isPaused(tables, name, now)) return [];
    const { failures, failingSince, lastSuccessAt } = health;
    const since = Math.max(
      lastSuccessAt ?? failingSince ?? gateway.startedAt,
      failures === 0 ? gateway.startedAt : -Infinity,
    );
    if (now - since <= patienceMs(schedule.everyMs)) return [];
    const success = lastSuccessAt === undefined
      ? "has never succeeded"
      : `succeeded ${formatDistance(lastSuccessAt, now)} for the last time`;
    const why = last?.error ?? last?.reason;
    const failed = failures === 0 ? "" : `; ${failures} failures in a row`;
    return [{
      evidence: `${name} ${success}${failed}${failures > 0 && why ? `: ${why}` : ""}`,
      fix: `senechal-gw status ${word(name)} --config ${word(config.path)}`,
    }];
  });
}

function isPaused({ pauses }: TableFacts, name: string, now: number): boolean {
  return pauses.some(({ plugin, until = Infinity }) =>
    (plugin === name || plugin === "*") && now < until
  );
}

/** After this time a pause is likely forgotten, in milliseconds. */
const LONG_PAUSE_MS = 7 * DAY;

function judgePaused({ pauses }: TableFacts, { now, state }: Facts): readonly Found[] {
  return pauses
    .filter(({ pausedAt, until = Infinity }) => now < until && now - pausedAt > LONG_PAUSE_MS)
    .map(({ plugin, pausedAt, until }) => {
      const what = plugin === "*" ? "every entry" : plugin;
      const end = until === undefined ? "without an end" : `until ${formatDistance(until, now)}`;
      return {
        evidence: `${what} was paused ${formatDistance(pausedAt, now)}, ${end}`,
        fix: `sqlite3 ${word(state.path)} ${word(resumeByHand(plugin))}`,
      };
    });
}

function judgeInterpreter({ plugins: { accepted } }: Facts): readonly Found[] {
  return accepted.flatMap((plugin) => describeInterpreter(plugin) ?? []);
}

function describeInterpreter(plugin: PluginFacts): Found | undefined {
  const { name, entrypoint, missingInterpreter, endsInCrlf } = plugin;
  if (endsInCrlf) {
    return {
      evidence: `${name} cannot start: the first line of ${entrypoint} ends in CRLF`,
      fix: `sed -i 's/\\r$//' ${word(entrypoint)}`,
    };
  }
  return missingInterpreter === undefined ? undefined : {
    evidence: `${name} cannot start: ${missingInterpreter}`,
    fix: edit(entrypoint, "the first line; or install that program"),
  };
}

function judgeUnconfined({ plugins: { accepted }, state, config }: Facts): readonly Found[] {
  if (accepted.length === 0) return [];
  const names = list(accepted.map(({ name }) => name), 20);
  return [{
    evidence: `as the gateway's user, these can read ${config.path} and ${state.path}: ${names}`,
    fix: 'sudo systemctl edit senechal-gw  # limits all of them; SECURITY.md, "Not promised"',
  }];
}
