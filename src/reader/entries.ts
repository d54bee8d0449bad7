import * as z from "zod/mini";
import { parseJson } from "../base/json.ts";
import { readRow, type Row } from "../sqlite/row.ts";
import type { Reader } from "./reader.ts";

const scheduleSchema = z.object({ everyMs: z.number(), jitterMs: z.number() });

const settingsSchema = z.object({
  entrypoint: z.string(),
  commands: z.array(z.string()),
  timeoutsMs: z.record(z.string(), z.number()),
  maxAttempts: z.number(),
  retry: z.optional(z.object({ backoffBaseMs: z.number(), backoffMaxMs: z.number() })),
  circuitBreaker: z.optional(z.object({ threshold: z.number(), resetAfterMs: z.number() })),
  pool: z.optional(z.string()),
  env: z.array(z.string()),
  secretState: z.array(z.string()),
});

/** What counts for the jobs of an entry besides its schedule. Times in milliseconds. */
export type EntrySettings = Readonly<z.output<typeof settingsSchema>>;

/** An entry of the config, as the gateway read it last. */
export interface EntryFacts {
  readonly name: string;
  readonly status: "enabled" | "disabled" | "refused";
  /** Absolute. */
  readonly folder: string | undefined;
  readonly schedule: Readonly<z.output<typeof scheduleSchema>> | undefined;
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

function toEntry(row: Row): EntryFacts {
  const { text } = readRow("entries", row);
  const textIfAny = (column: string) => row[column] === null ? undefined : text(column);
  const status = text("status");
  return {
    name: text("name"),
    status: status === "enabled" || status === "disabled" ? status : "refused",
    folder: textIfAny("folder"),
    schedule: parse(scheduleSchema, text("schedule")),
    settings: parse(settingsSchema, text("settings")),
    refusal: textIfAny("refusal"),
    error: textIfAny("error"),
  };
}

/** `undefined` for what a person has broken. */
function parse<T extends z.ZodMiniType>(schema: T, text: string): z.output<T> | undefined {
  const parsed = parseJson(text);
  const checked = schema.safeParse(parsed.ok ? parsed.value : undefined);
  return checked.success ? checked.data : undefined;
}
