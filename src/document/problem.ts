/** One thing an operator has to mend, and where it stands in the parsed value. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
