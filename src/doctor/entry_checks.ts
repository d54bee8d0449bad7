import { formatDistance } from "../base/duration.ts";
import type { Health } from "../core/breaker.ts";
import { ALL_ENTRIES, isOn } from "../core/pause.ts";
import type { Facts, PluginFacts, TableFacts } from "./facts.ts";
import { type Check, type Found, overTables } from "./finding.ts";
import { edit, editUnit, list, word } from "./shell.ts";

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

type EntryTable = TableFacts["entries"][number];

function judgeStale(tables: TableFacts, { now, config }: Facts): readonly Found[] {
  const { life, gateway, entries } = tables;
  if (life !== "running" || gateway === undefined) return [];
  const isStale = ({ entry: { name, status, schedule }, health }: EntryTable) =>
    status === "enabled" && schedule !== undefined && !isPaused(tables, name, now) &&
    now - lastGoodAt(health, gateway.startedAt) > patienceMs(schedule.everyMs);
  return entries.filter(isStale).map((one) => ({
    evidence: describeStale(one, now),
    fix: `senechal-gw ${askWhy(one)} --config ${word(config.path)}`,
  }));
}

/** When an entry was last known to be well; a gateway that has just started has had no time to try it. */
function lastGoodAt({ failures, failingSince, lastSuccessAt }: Health, startedAt: number): number {
  const at = lastSuccessAt ?? failingSince ?? startedAt;
  return failures === 0 ? Math.max(at, startedAt) : at;
}

function describeStale({ entry: { name }, health, last }: EntryTable, now: number): string {
  const { failures, lastSuccessAt } = health;
  const success = lastSuccessAt === undefined
    ? `${name} has never succeeded`
    : `${name} succeeded ${formatDistance(lastSuccessAt, now)} for the last time`;
  if (failures === 0) return success;
  const why = last?.error ?? last?.reason;
  return `${success}; ${failures} failures in a row${why === undefined ? "" : `: ${why}`}`;
}

function askWhy({ entry: { name }, health: { failures } }: EntryTable): string {
  return failures === 0 ? `why ${word(name)}` : `log ${word(name)} --last-failure`;
}

function isPaused({ pauses }: TableFacts, name: string, now: number): boolean {
  return pauses.some((pause) =>
    (pause.plugin === name || pause.plugin === ALL_ENTRIES) && isOn(pause, now)
  );
}

/** After this time a pause is likely forgotten, in milliseconds. */
const LONG_PAUSE_MS = 7 * DAY;

function judgePaused({ pauses }: TableFacts, { now, config }: Facts): readonly Found[] {
  return pauses
    .filter((pause) => isOn(pause, now) && now - pause.pausedAt > LONG_PAUSE_MS)
    .map(({ plugin, pausedAt, until }) => {
      const what = plugin === ALL_ENTRIES ? "every entry" : plugin;
      const whom = plugin === ALL_ENTRIES ? "--all" : word(plugin);
      const end = until === undefined ? "without an end" : `until ${formatDistance(until, now)}`;
      return {
        evidence: `${what} was paused ${formatDistance(pausedAt, now)}, ${end}`,
        fix: `senechal-gw resume ${whom} --config ${word(config.path)}`,
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

function judgeUnconfined(facts: Facts): readonly Found[] {
  const { plugins: { accepted }, state, config } = facts;
  if (accepted.length === 0) return [];
  const names = list(accepted.map(({ name }) => name), 20);
  return [{
    evidence: `as the gateway's user, these can read ${config.path} and ${state.path}: ${names}`,
    fix: editUnit(
      facts,
      'limits all of them; SECURITY.md, "Not promised"',
      'sudo useradd --system senechal-plugin  # a user for plugins; SECURITY.md, "Not promised"',
    ),
  }];
}
