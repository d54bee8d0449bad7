/** A pause of one entry, or of all. Times in milliseconds since the epoch. */
export interface Pause {
  /** The entry's name, or {@link ALL_ENTRIES}. */
  readonly plugin: string;
  readonly pausedAt: number;
  /** When it ends by itself; `undefined` if only `resume` ends it. */
  readonly until: number | undefined;
  readonly pausedBy: string;
}

/** Stands for all entries: no entry has such a name. */
export const ALL_ENTRIES = "*";

/** The pause that holds an entry back at `now`: its own, or that of all. */
export function pauseOf(
  pauses: ReadonlyMap<string, Pause>,
  plugin: string,
  now: number,
): Pause | undefined {
  return [pauses.get(plugin), pauses.get(ALL_ENTRIES)]
    .find((pause) => pause !== undefined && isOn(pause, now));
}

/** Whether a pause still holds at `now`. */
export function isOn({ until }: Pick<Pause, "until">, now: number): boolean {
  return until === undefined || until > now;
}

/** The first moment after `now` at which a pause ends by itself, if there is one. */
export function nextEnd(pauses: ReadonlyMap<string, Pause>, now: number): number | undefined {
  const ends = [...pauses.values()].flatMap(({ until }) =>
    until !== undefined && until > now ? [until] : []
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}
