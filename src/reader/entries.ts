import { readRow, type Row } from "../sqlite/row.ts";
import type { Reader } from "./reader.ts";
import {
  isNumber,
  isText,
  listOf,
  mapOf,
  optional,
  readShape,
  type Shape,
  shaped,
} from "./shape.ts";

/** When an entry runs. Times in milliseconds. */
export interface ScheduleFacts {
  readonly everyMs: number;
  readonly jitterMs: number;
}

const SCHEDULE: Shape<ScheduleFacts> = { everyMs: isNumber, jitterMs: isNumber };

/** What counts for the jobs of an entry besides its schedule. Times in milliseconds. */
export interface EntrySettings {
  readonly entrypoint: string;
  readonly commands: readonly string[];
  readonly timeoutsMs: Readonly<Record<string, number>>;
  readonly maxAttempts: number;
  readonly retry?: { readonly backoffBaseMs: number; readonly backoffMaxMs: number } | undefined;
  readonly circuitBreaker?:
    | { readonly threshold: number; readonly resetAfterMs: number }
    | undefined;
  readonly pool?: string | undefined;
  readonly env: readonly string[];
  readonly secretState: readonly string[];
}

const SETTINGS: Shape<EntrySettings> = {
  entrypoint: isText,
  commands: listOf(isText),
  timeoutsMs: mapOf(isNumber),
  maxAttempts: isNumber,
  retry: optional(shaped({ backoffBaseMs: isNumber, backoffMaxMs: isNumber })),
  circuitBreaker: optional(shaped({ threshold: isNumber, resetAfterMs: isNumber })),
  pool: optional(isText),
  env: listOf(isText),
  secretState: listOf(isText),
};

/** An entry of the config, as the gateway read it last. */
export interface EntryFacts {
  readonly name: string;
  readonly status: "enabled" | "disabled" | "refused";
  /** Absolute. */
  readonly folder: string | undefined;
  readonly schedule: ScheduleFacts | undefined;
  readonly settings: EntrySettings | undefined;
  /** Why it is refused: a code for programs, and every reason for people. */
  readonly refusal: string | undefined;
  readonly error: string | undefined;
}

/** What the gateway runs, and since when. */
export interface LoadedEntries {
  /** By name. */
  readonly entries: readonly EntryFacts[];
  /** SHA-256 of the config file that it read, in hexadecimal; `undefined` without entries. */
  readonly digest: string | undefined;
  /** Milliseconds since the epoch. */
  readonly loadedAt: number | undefined;
}

/** What the gateway runs since its last start. */
export function readEntries(reader: Reader): LoadedEntries {
  const rows = reader.rows(
    `SELECT name, status, folder, schedule, settings, refusal, error, config_digest, loaded_at
     FROM entries ORDER BY name`,
  );
  const [first] = rows;
  return {
    entries: rows.map(toEntry),
    digest: first && readRow("entries", first).text("config_digest"),
    loadedAt: first && readRow("entries", first).time("loaded_at"),
  };
}

/** The names of the entries, in the order of the alphabet. */
export function readNames(reader: Reader): readonly string[] {
  return reader.rows("SELECT name FROM entries ORDER BY name").map(({ name }) => String(name));
}

function toEntry(row: Row): EntryFacts {
  const { text } = readRow("entries", row);
  const textIfAny = (column: string) => row[column] === null ? undefined : text(column);
  const shapeIfAny = <T extends object>(column: string, shape: Shape<T>) =>
    row[column] === null ? undefined : readShape(text(column), shape);
  const status = text("status");
  return {
    name: text("name"),
    status: status === "enabled" || status === "disabled" ? status : "refused",
    folder: textIfAny("folder"),
    schedule: shapeIfAny("schedule", SCHEDULE),
    settings: shapeIfAny("settings", SETTINGS),
    refusal: textIfAny("refusal"),
    error: textIfAny("error"),
  };
}
