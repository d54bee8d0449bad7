import type { Log } from "../src/log/log.ts";

/** A log that discards every line. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Statistics of a list of durations, in milliseconds. */
export interface Stats {
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
}

/** One line of the table: a figure of the gateway against its floor, both from the same run. */
export interface Figure {
  readonly id: string;
  readonly what: string;
  /** What the gateway took, and what the floor took, in `unit`. */
  readonly ours: number;
  readonly floor: number;
  /** The 95th percentile of ours, if each was measured on its own. */
  readonly p95?: number | undefined;
  readonly unit: string;
  /** What the ratio of the two must reach: at most or at least this. */
  readonly goal?: string | undefined;
  readonly note?: string | undefined;
}

/** The ratio of a figure: ours to the floor. */
export function ratioOf({ ours, floor }: Figure): number {
  return ours / floor;
}

/** Summarizes durations. */
export function summarize(durations: readonly number[]): Stats {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { median: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Milliseconds that `step` takes. */
export function time(step: () => void): number {
  const startedMs = performance.now();
  step();
  return performance.now() - startedMs;
}

/** Milliseconds that an asynchronous `step` takes. */
export async function timeAsync(step: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await step();
  return performance.now() - startedMs;
}

/** Runs steps in turn, so that other load on the machine affects all of them alike. */
export async function interleave(
  rounds: number,
  steps: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Record<string, Stats>> {
  const durations = Object.fromEntries(
    Object.keys(steps).map((name): [string, number[]] => [name, []]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [name, step] of Object.entries(steps)) {
      durations[name]?.push(await timeAsync(step));
    }
  }
  return Object.fromEntries(
    Object.entries(durations).map(([name, list]) => [name, summarize(list)]),
  );
}
