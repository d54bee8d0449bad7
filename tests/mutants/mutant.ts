/** One change to the source that some test must notice. */
export interface Mutant {
  /** Occurs exactly once in its file. */
  readonly text: string;
  readonly replacement: string;
  /** What a user would lose. */
  readonly loss: string;
  /** Why no test can tell it from the real program, if none can. */
  readonly equivalent?: string;
}

/** The mutants of one file of `src/`, and the tests that must notice them. */
export interface MutatedFile {
  readonly file: string;
  /** Options of `deno test`, such as a `--filter` that picks some tests of whole programs, then files. */
  readonly tests: readonly string[];
  readonly mutants: readonly Mutant[];
}

/** A mutant in a line: what to find, what to replace it with, what a user would lose. */
export type Change = readonly [
  text: string,
  replacement: string,
  loss: string,
  equivalent?: string,
];

/** The mutants of one file. */
export function mutate(
  file: string,
  tests: readonly string[],
  ...changes: readonly Change[]
): MutatedFile {
  const mutants = changes.map(([text, replacement, loss, equivalent]) => ({
    ...{ text, replacement, loss },
    ...(equivalent !== undefined && { equivalent }),
  }));
  return { file, tests, mutants };
}

/** How often a text occurs in another. */
export function occurrences(source: string, text: string): number {
  return source.split(text).length - 1;
}
