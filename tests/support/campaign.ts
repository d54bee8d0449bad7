/** Reads one environment variable as a whole number. */
function readNumber(name: string): number | undefined {
  const text = Deno.env.get(name);
  return text === undefined ? undefined : Number(text);
}

/** The seed of this run: `FAULT_SEED`, or a new one. The table of faults shows it. */
export const SEED = readNumber("FAULT_SEED") ?? Math.floor(Math.random() * 2 ** 31);

/** Whether to run the long form of the campaigns, as `deno task test:faults --long` does. */
export const IS_LONG = Deno.env.get("FAULT_LONG") === "1";

/**
 * Uniform numbers in [0, 1) from a seed, the same for the same seed.
 * Source: mulberry32, Tommy Ettinger, public domain.
 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One row of the table that `deno task test:faults` prints. */
export interface FaultRow {
  readonly fault: string;
  readonly times: number;
  readonly outcome: string;
  readonly seed?: number;
  /** Whether the printed table marks it as new since the table before it. */
  readonly isNew?: boolean;
}

/** Adds a row to the table of this run, if one is kept. Call it once the assertions have passed. */
export function recordFault(row: FaultRow): void {
  const path = Deno.env.get("FAULT_TABLE");
  if (path !== undefined) {
    Deno.writeTextFileSync(path, JSON.stringify(row) + "\n", { append: true });
  }
}
