import { UNTRIED } from "../../src/core/breaker.ts";
import type { DatabaseFacts, Facts, FileFacts, TableFacts } from "../../src/doctor/facts.ts";
import { VERSION } from "../../src/base/version.ts";

/** The moment at which {@link healthy} was gathered. */
export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A file of the gateway's user. */
export function file(path: string, mode: number, changes: Partial<FileFacts> = {}): FileFacts {
  return { path, mode, uid: 1000, size: 4096, ...changes };
}

const TABLES: TableFacts = {
  life: "running",
  gateway: {
    pid: 4711,
    startedAt: NOW - 2 * DAY,
    tickAt: NOW - 20 * SECOND,
    droppedLines: 0,
    service: { version: VERSION },
  },
  boot: { at: NOW - 9 * DAY },
  digest: "digest",
  entries: [{
    entry: { name: "weather", status: "enabled", schedule: { everyMs: 5 * MINUTE } },
    health: { ...UNTRIED, lastSuccessAt: NOW - 4 * MINUTE },
    last: { reason: undefined, error: undefined },
  }],
  lastEndAt: NOW - 4 * MINUTE,
  running: [],
  pauses: [],
  states: ["weather"],
};

/** An installation with nothing wrong. */
export const healthy: Facts = {
  now: NOW,
  version: VERSION,
  config: {
    path: "/etc/senechal/config.yaml",
    file: file("/etc/senechal/config.yaml", 0o644),
    plainSecrets: [],
    secretFiles: [file("/etc/senechal/token", 0o600)],
    names: ["weather"],
    shutdownGraceMs: 30_000,
    digest: "digest",
  },
  plugins: {
    folder: file("/opt/plugins", 0o755),
    accepted: [{
      name: "weather",
      entrypoint: "/opt/plugins/weather/run.sh",
      missingInterpreter: undefined,
      endsInCrlf: false,
    }],
    refused: [],
    writable: [],
  },
  state: {
    path: "/var/lib/senechal/state.db",
    folder: file("/var/lib/senechal", 0o700),
    database: file("/var/lib/senechal/state.db", 0o600),
    beside: [
      file("/var/lib/senechal/state.db-wal", 0o600),
      file("/var/lib/senechal/senechal-gw.lock", 0o600),
    ],
    walBytes: 4 * 1024 * 1024,
    lock: {
      path: "/var/lib/senechal/senechal-gw.lock",
      obstacle: undefined,
      pid: 4711,
      isCommand: false,
      isMarkedDamaged: false,
    },
    disk: { type: "ext4", freeBytes: 10 * 1024 ** 3, mountedOn: "/var" },
  },
  database: { kind: "read", damage: undefined, tables: TABLES },
  machine: {
    os: "linux",
    denoVersion: "2.9.6",
    processes: [
      { pid: 1, name: "systemd", mark: undefined },
      { pid: 99, name: "sleep", mark: "job-1" },
      { pid: 4711, name: "deno", mark: undefined },
    ],
    hasSetsid: true,
    inspector: { openPort: undefined, opensOnSignal: false },
    unit: { name: "senechal-gw.service", stopTimeoutMs: 45_000 },
  },
};

/** Facts in which a part of the healthy ones differs. */
export function unwell<K extends "config" | "plugins" | "state" | "machine">(
  part: K,
  changes: Partial<Facts[K]>,
): Facts {
  return { ...healthy, [part]: { ...healthy[part], ...changes } };
}

/** The healthy facts with other tables. */
export function withTables(changes: Partial<TableFacts>, facts = healthy): Facts {
  const database: DatabaseFacts = {
    kind: "read",
    damage: undefined,
    tables: { ...TABLES, ...changes },
  };
  return { ...facts, database };
}

/** The healthy facts with another gateway. */
export function withGateway(
  changes: Partial<NonNullable<TableFacts["gateway"]>>,
  others: Partial<TableFacts> = {},
): Facts {
  const gateway = TABLES.gateway && { ...TABLES.gateway, ...changes };
  return withTables({ gateway, ...others });
}
