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

/** The pauses that hold an entry back at `now`: that of all, then its own. */
export function pausesOf(
  pauses: ReadonlyMap<string, Pause>,
  plugin: string,
  now: number,
): readonly Pause[] {
  return [pauses.get(ALL_ENTRIES), pauses.get(plugin)]
    .filter((pause) => pause !== undefined)
    .filter((pause) => isOn(pause, now));
}

/** The one of these pauses that ends last. */
export function pauseOf(
  pauses: ReadonlyMap<string, Pause>,
  plugin: string,
  now: number,
): Pause | undefined {
  return pausesOf(pauses, plugin, now)
    .toSorted(({ until: a = Infinity }, { until: b = Infinity }) => a === b ? 0 : b - a)[0];
}

/** Whether a pause still holds at `now`. */
export function isOn({ until }: Pick<Pause, "until">, now: number): boolean {
  return until === undefined || until > now;
}

/** Whether only `resume` ends a pause. */
export function isEndless(pause: Pause | undefined): boolean {
  return pause !== undefined && pause.until === undefined;
}

/** The first moment after `now` at which a pause ends by itself, if there is one. */
export function nextEnd(pauses: ReadonlyMap<string, Pause>, now: number): number | undefined {
  const ends = [...pauses.values()].flatMap(({ until }) =>
    until !== undefined && until > now ? [until] : []
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}
