import type { Reader } from "../reader/reader.ts";
import type { Seat } from "./command.ts";
import { configPath } from "./definition.ts";

/** The most ids to propose. */
const MAX_IDS = 20;

/** The names of the entries, of which those that fit are proposed; none if there is no database. */
export async function proposeEntries(this: Seat): Promise<readonly string[]> {
  const { readNames } = await import("../reader/entries.ts");
  return await glimpse(this, readNames);
}

/** The short ids of the newest jobs, or of those whose ids begin with `partial`. */
export async function proposeJobs(this: Seat, partial: string): Promise<readonly string[]> {
  const { findIds, shortenIds } = await import("../reader/jobs.ts");
  const { listJobs } = await import("../reader/job_list.ts");
  return await glimpse(this, (reader) => {
    const ids = partial === ""
      ? listJobs(reader, { states: [], limit: MAX_IDS }).map(({ id }) => id)
      : findIds(reader, partial, MAX_IDS);
    return [...shortenIds(reader, ids)].map(([id, short]) =>
      short.startsWith(partial) ? short : id
    );
  });
}

/** Entries and jobs. */
export async function proposeBoth(this: Seat, partial: string): Promise<readonly string[]> {
  return [
    ...await proposeEntries.call(this),
    ...await proposeJobs.call(this, partial),
  ];
}

/** What is read from the database, if it can be read; a shell that completes shows no complaints. */
async function glimpse(
  seat: Seat,
  read: (reader: Reader) => readonly string[],
): Promise<readonly string[]> {
  const { findState } = await import("../config/state_place.ts");
  const { readMoment } = await import("./look.ts");
  const place = await findState(configPath({}, seat), (name) => seat.env[name]);
  const reading = place.ok ? readMoment(place.statePath, read) : undefined;
  return reading?.ok ? reading.value : [];
}
