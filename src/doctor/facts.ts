import type { Health } from "../core/breaker.ts";
import type { Pause } from "../core/pause.ts";
import type { LockFacts } from "../store/lock.ts";

/** All that is known of an installation, gathered at one moment. Times in milliseconds since the epoch. */
export interface Facts {
  readonly now: number;
  /** The version of this program. */
  readonly version: string;
  readonly config: ConfigFacts;
  readonly plugins: PluginsFacts;
  readonly state: StateFacts;
  readonly database: DatabaseFacts;
  readonly machine: MachineFacts;
}

/** A file or a folder. */
export interface FileFacts {
  /** Absolute. */
  readonly path: string;
  /** Permission bits, with the sticky one. */
  readonly mode: number;
  /** The user it belongs to. */
  readonly uid: number;
  /** In bytes. */
  readonly size: number;
}

/** The config as it is now. */
export interface ConfigFacts {
  /** Absolute. */
  readonly path: string;
  readonly file: FileFacts | undefined;
  /** Keys that look like secrets and are written out, as `plugins.mail.config.password`. */
  readonly plainSecrets: readonly string[];
  /** The files that `${file:...}` names. */
  readonly secretFiles: readonly FileFacts[];
  /** Of every entry, enabled or not. */
  readonly names: readonly string[];
  readonly shutdownGraceMs: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string;
}

/** The enabled entries, as a start would find them now. */
export interface PluginsFacts {
  readonly folder: FileFacts | undefined;
  /** What discovery accepts. */
  readonly accepted: readonly PluginFacts[];
  readonly refused: readonly {
    readonly name: string;
    readonly codes: readonly string[];
    /** For people. */
    readonly error: string;
  }[];
  /** The folder of each enabled entry, and the files in it that everyone may write to. */
  readonly writable: readonly { readonly name: string; readonly paths: readonly string[] }[];
}

/** A plugin that may run. */
export interface PluginFacts {
  readonly name: string;
  /** Absolute. */
  readonly entrypoint: string;
  /** Which program of its first line is missing, for people; `undefined` if none is. */
  readonly missingInterpreter: string | undefined;
  readonly endsInCrlf: boolean;
}

/** The files of the database. */
export interface StateFacts {
  /** Absolute; the file need not exist. */
  readonly path: string;
  readonly folder: FileFacts | undefined;
  readonly database: FileFacts | undefined;
  /** Its `-wal`, `-shm`, `-journal` and the lock, as far as they exist. */
  readonly beside: readonly FileFacts[];
  readonly walBytes: number;
  readonly lock: LockFacts | "unreadable" | undefined;
  readonly disk: DiskFacts | undefined;
}

/** The file system under a path. */
export interface DiskFacts {
  /** As in the mount table, such as `ext4`; `undefined` if `df` does not tell. */
  readonly type: string | undefined;
  readonly freeBytes: number;
  readonly mountedOn: string;
}

/** What reading the database gave. */
export type DatabaseFacts =
  /** No gateway has made one yet. */
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly error: string; readonly because: "damage" | "other" }
  /** This user may not read it. */
  | { readonly kind: "forbidden" }
  | {
    readonly kind: "read";
    /** What a quick check says is wrong; `undefined` if nothing. */
    readonly damage: string | undefined;
    readonly tables: TableFacts;
  };

/** What the tables say. */
export interface TableFacts {
  readonly life: "running" | "stopped" | "silent" | "never started";
  /** The gateway that runs or last ran; NaN for what cannot be read. */
  readonly gateway: {
    readonly pid: number;
    readonly startedAt: number;
    readonly tickAt: number;
    readonly droppedLines: number;
    readonly service: { readonly version: string } | undefined;
  } | undefined;
  /** The boot after which it started; `undefined` if it could not tell. */
  readonly boot: { readonly at: number } | undefined;
  /** Of the config that it read; `undefined` without entries. */
  readonly digest: string | undefined;
  readonly entries: readonly {
    readonly entry: {
      readonly name: string;
      readonly status: "enabled" | "disabled" | "refused";
      readonly schedule: { readonly everyMs: number } | undefined;
    };
    readonly health: Health;
    readonly last:
      | { readonly reason: string | undefined; readonly error: string | undefined }
      | undefined;
  }[];
  readonly lastEndAt: number | undefined;
  readonly running: readonly {
    readonly id: string;
    readonly plugin: string;
    readonly startedAt: number;
  }[];
  readonly pauses: readonly Pick<Pause, "plugin" | "pausedAt" | "until">[];
  /** Whose state is kept. */
  readonly states: readonly string[];
}

/** The machine. */
export interface MachineFacts {
  readonly os: string;
  readonly denoVersion: string;
  /** Its processes; `undefined` if they cannot be listed. */
  readonly processes: readonly ProcessFacts[] | undefined;
  readonly hasSetsid: boolean;
  /** Of the gateway that runs; `undefined` if none is known to run, or the system does not tell. */
  readonly inspector: InspectorFacts | undefined;
  /** The systemd unit that runs this installation, or why none is known. */
  readonly unit: UnitFacts | { readonly unknown: string };
}

/** A process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** The job that it belongs to. */
  readonly mark: string | undefined;
}

/** Deno's inspector: who connects to it can run code in the process. */
export interface InspectorFacts {
  /** Where it listens; `undefined` if it is closed. */
  readonly openPort: number | undefined;
  /** Whether SIGUSR1 opens it. */
  readonly opensOnSignal: boolean;
}

/** A unit of systemd. */
export interface UnitFacts {
  readonly name: string;
  /** Its `TimeoutStopSec`, in milliseconds; may be Infinity. */
  readonly stopTimeoutMs: number;
}
