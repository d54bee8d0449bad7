import assert from "node:assert/strict";
import { asIs } from "../../src/base/redact.ts";
import { DatabaseSync } from "node:sqlite";
import type { FileProblem, Problem } from "../../src/document/problem.ts";
import {
  describeNoLock,
  describeNoPlugins,
  describeStart,
  reportPlugins,
} from "../../src/gateway/start_report.ts";
import { openLog } from "../../src/log/log.ts";
import { openTempStore } from "../support/memory.ts";
import { configOf, pluginEntry, pluginSpec, setupOf } from "../support/setup.ts";

const CONFIG = configOf([pluginEntry({ name: "a" }), pluginEntry({ name: "b" })]);
const WARNING: FileProblem = {
  code: "unknown key",
  file: "manifest.yaml",
  place: { line: 3, column: 1 },
  path: ["mood"],
  message: "unknown key",
};
const UNLISTED: Problem = {
  code: "unlisted key",
  path: ["plugins", "b", "config", "tokn"],
  message: "not listed",
};
const SETUP = {
  ...setupOf(pluginSpec({ name: "a" }), pluginSpec({ name: "new" })),
  refused: [{ plugin: "b", refusals: [{ code: "name", error: "no reason" } as const] }],
  warnings: [{ plugin: "a", warning: WARNING }],
  unlisted: [{ plugin: "b", problems: [UNLISTED] }],
};

Deno.test("the start line has version, config, plugins loaded and refused, and each next run", () => {
  using temp = openTempStore();
  const nextRunAt = Date.parse("2026-01-01T00:05:00.000Z");
  temp.store.plans.write({ plugin: "a", nextRunAt, lastRunAt: 0, everyMs: 1, jitterMs: 0 });
  const { pid, version, ...rest } = describeStart(SETUP, temp.store.plans.readAll(), 0);
  assert.deepEqual([pid, typeof version], [Deno.pid, "string"]);
  assert.deepEqual(rest, {
    name: "senechal-gw",
    config: "/etc/config.yaml",
    state: "/var/state.db",
    plugins: ["a", "new"],
    refused: ["b"],
    next_runs: { a: "2026-01-01T00:05:00.000Z", new: "now" },
  });
});

Deno.test("the start line says that an overdue plugin runs now", () => {
  using temp = openTempStore();
  temp.store.plans.write({ plugin: "a", nextRunAt: 5, lastRunAt: 0, everyMs: 1, jitterMs: 0 });
  const { next_runs } = describeStart(SETUP, temp.store.plans.readAll(), 5);
  assert.deepEqual(next_runs, { a: "now", new: "now" });
});

Deno.test("the start line says that a next run cannot be read", () => {
  using temp = openTempStore();
  const plan = { plugin: "a", nextRunAt: 0, lastRunAt: 0, everyMs: 1, jitterMs: 0 };
  temp.store.plans.write(plan);
  using operator = new DatabaseSync(temp.path);
  operator.exec("UPDATE schedule SET next_run_at = 'tomorrow'");
  const { next_runs } = describeStart(SETUP, temp.store.plans.readAll(), 0);
  assert.deepEqual(next_runs, { a: "unreadable", new: "now" });
});

Deno.test("a refused plugin is an error, an unknown or unlisted key a warning", () => {
  const lines: string[] = [];
  const look = { level: "info", format: "json", useColors: false, redact: asIs } as const;
  const getLog = openLog(look, { write: (line) => lines.push(line) }, Date.now);
  reportPlugins(SETUP, getLog("config"));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ level, plugin, message, error, warning }) => [
      ...[level, plugin, message, error ?? warning],
    ]),
    [
      ["error", "b", "Plugin refused", 'Cannot load plugin "b": no reason'],
      ["warn", "a", "Manifest key ignored", "manifest.yaml:3:1: mood: unknown key"],
      [
        ...["warn", "b", "Config key not listed in the manifest"],
        "config.yaml:1:1: plugins.b.config.tokn: not listed",
      ],
    ],
  );
});

Deno.test("the message says what prevents the start, and what to do", () => {
  assert.equal(
    describeNoPlugins({ ...CONFIG, plugins: [] }),
    "Cannot start: no plugin is enabled in /etc/config.yaml; add one, or set enabled: true",
  );
  assert.equal(
    describeNoPlugins(CONFIG),
    "Cannot start: none of the enabled plugins can be loaded (a, b); the log says why",
  );
  assert.equal(
    describeNoLock({ kind: "held", path: "/var/x.lock", holderPid: "42" }),
    "Cannot start: process 42 holds the lock /var/x.lock; stop it, or set state.path " +
      "to a file in its own folder: two databases in one folder are not supported",
  );
});
