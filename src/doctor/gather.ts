import { dirname, join } from "node:path";
import { realPath } from "../base/file.ts";
import { VERSION } from "../base/version.ts";
import { LOCK_NAME } from "../core/lock_name.ts";
import { JOB_ID, searchPath } from "../plugin/environment.ts";
import { describeReasons } from "../plugin/refusal.ts";
import type { PluginSpec, Setup } from "../plugin/setup.ts";
import { listProcesses } from "../process/listing.ts";
import { findSetsid } from "../process/process.ts";
import { describeMissingInterpreter, readShebang } from "../process/shebang.ts";
import { readLock } from "../store/lock.ts";
import { askDisk } from "./disk.ts";
import type { DatabaseFacts, Facts, MachineFacts, PluginFacts, StateFacts } from "./facts.ts";
import { allFileFacts, fileFacts, findPlainSecrets, findWritable } from "./files.ts";
import { askInspector } from "./inspector.ts";
import { askUnit } from "./unit.ts";

/** What is known already. */
export interface Known {
  readonly setup: Setup;
  readonly readDatabase: () => DatabaseFacts;
  /** SHA-256 of the config file, in hexadecimal. */
  readonly digest: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Gathers all facts about an installation. Writes nothing and takes no lock. It looks at the files first:
 * SQLite makes some beside a database that it reads.
 */
export async function gather(known: Known): Promise<Facts> {
  const { setup: { config }, digest, now } = known;
  const state = await gatherState(config.statePath);
  const database = known.readDatabase();
  const tables = database.kind === "read" ? database.tables : undefined;
  const pid = tables?.life === "running" ? tables.gateway?.pid : undefined;
  return {
    now,
    version: VERSION,
    config: {
      path: config.path,
      file: fileFacts(config.path),
      plainSecrets: findPlainSecrets(config.path, config.text),
      secretFiles: allFileFacts(config.secretFiles),
      names: [...config.plugins.map(({ name }) => name), ...config.disabled],
      shutdownGraceMs: config.service.shutdownGraceMs,
      digest,
    },
    plugins: gatherPlugins(known),
    state,
    database,
    machine: await gatherMachine(config.path, pid),
  };
}

function gatherPlugins({ setup, env }: Known): Facts["plugins"] {
  const { config, plugins, refused } = setup;
  const writable = config.plugins.map(({ name }) => ({
    name,
    paths: findWritable(join(config.pluginsDir, name)),
  }));
  return {
    folder: fileFacts(config.pluginsDir),
    accepted: [...plugins.values()].map((plugin) => toPluginFacts(plugin, searchPath(env.PATH))),
    refused: refused.map(({ plugin, refusals }) => ({
      name: plugin,
      codes: refusals.map(({ code }) => code),
      error: describeReasons({ plugin, refusals }),
    })),
    writable: writable.filter(({ paths }) => paths.length > 0),
  };
}

/** @param path the PATH in which `env` looks for the interpreter. */
function toPluginFacts({ name, entrypoint }: PluginSpec, path: string): PluginFacts {
  const line = firstLineOf(entrypoint);
  const missingInterpreter = line && describeMissingInterpreter(line, path);
  return { name, entrypoint, missingInterpreter, endsInCrlf: line?.endsWith("\r") ?? false };
}

function firstLineOf(entrypoint: string): string | undefined {
  try {
    const shebang = readShebang(entrypoint);
    return shebang.kind === "script" ? shebang.line : undefined;
  } catch {
    return undefined; // it was removed a moment ago
  }
}

async function gatherState(path: string): Promise<StateFacts> {
  const real = orElse(() => realPath(path), path);
  const beside = ["wal", "shm", "journal"].map((name) => `${real}-${name}`);
  const lock = lookAtLock(path);
  const wal = fileFacts(`${real}-wal`);
  return {
    path,
    folder: fileFacts(dirname(real)),
    database: fileFacts(real),
    beside: allFileFacts([...beside, join(dirname(real), LOCK_NAME)]),
    walBytes: wal?.size ?? 0,
    lock,
    disk: await askDisk(dirname(real)),
  };
}

function lookAtLock(statePath: string): StateFacts["lock"] {
  try {
    return readLock(statePath);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : "unreadable"; // no folder, no lock
  }
}

async function gatherMachine(configPath: string, pid: number | undefined): Promise<MachineFacts> {
  const [listing, unit, inspector] = await Promise.all([
    listProcesses(JOB_ID),
    askUnit(configPath, pid),
    pid === undefined ? undefined : askInspector(pid),
  ]);
  return {
    os: Deno.build.os,
    denoVersion: Deno.version.deno,
    processes: listing?.processes.filter(({ hasEnded }) => !hasEnded),
    hasSetsid: findSetsid() !== undefined,
    inspector,
    unit,
  };
}

/** What a step gives, or `fallback` where the file system does not allow it. */
function orElse<T, U>(step: () => T, fallback: U): T | U {
  try {
    return step();
  } catch {
    return fallback;
  }
}
