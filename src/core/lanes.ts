/** How many jobs may run at once. */
export interface Lanes {
  readonly total: number;
  /** The jobs that may run at once of the entries of a pool, by its name. */
  readonly pools: ReadonlyMap<string, number>;
}

/** An entry's place in the lanes. */
export interface LaneUser {
  readonly name: string;
  readonly pool?: string | undefined;
}

/** Whose jobs find no free place now. */
export type Busy =
  | { readonly all: true }
  | { readonly all: false; readonly names: readonly string[] };

/**
 * The entries of which no job may start while jobs of `running` run: of one entry one job runs at a time,
 * and of one pool as many as it allows.
 *
 * @param running the entry of each running job.
 */
export function busyEntries(
  running: readonly string[],
  entries: ReadonlyMap<string, LaneUser>,
  { total, pools }: Lanes,
): Busy {
  if (running.length >= total) return { all: true };
  const full = fullPools(running, entries, pools);
  const waiting = full.size === 0
    ? []
    : [...entries.values()].filter(({ pool }) => full.has(pool ?? "")).map(({ name }) => name);
  return { all: false, names: [...new Set([...running, ...waiting])] };
}

/** The pools that have no free place. */
export function fullPools(
  running: readonly string[],
  entries: ReadonlyMap<string, LaneUser>,
  pools: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const used = new Map<string, number>();
  for (const name of running) {
    const pool = entries.get(name)?.pool;
    if (pool !== undefined) used.set(pool, (used.get(pool) ?? 0) + 1);
  }
  return new Set(
    [...used].filter(([pool, n]) => n >= (pools.get(pool) ?? Infinity)).map(([p]) => p),
  );
}

/** Why no job of an entry may start now, and the entries whose jobs take the places. */
export interface Occupied {
  readonly because: "lanes full" | "own job" | "pool full";
  readonly by: readonly string[];
}

/** What keeps a job of one entry from starting now, as {@link busyEntries} says; `undefined` if nothing. */
export function findOccupied(
  { name, pool }: LaneUser,
  running: readonly string[],
  entries: ReadonlyMap<string, LaneUser>,
  lanes: Lanes,
): Occupied | undefined {
  const busy = busyEntries(running, entries, lanes);
  if (running.includes(name)) return { because: "own job", by: [name] };
  if (busy.all) return { because: "lanes full", by: running };
  if (!busy.names.includes(name)) return undefined;
  return { because: "pool full", by: running.filter((one) => entries.get(one)?.pool === pool) };
}
