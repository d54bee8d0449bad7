import { statIfThere } from "../base/file.ts";
import { escapeUnseen } from "../base/unseen.ts";

/** The kind of problem, for programs; the message is for people. */
export type ProblemCode =
  /** The file cannot be read. */
  | "unreadable"
  /** It is not supported YAML. */
  | "syntax"
  /** A `${...}` that cannot be replaced. */
  | "variable"
  /** A file with a secret that everyone can read. */
  | "public"
  /** A value that is missing, or wrong for its key. */
  | "invalid"
  /** An unknown key. */
  | "unknown key"
  /** An unknown key that is close to a known one. */
  | "mistyped key"
  /** A key that a later version will know. */
  | "later key"
  /** A key of a plugin's `config` that its manifest does not list. */
  | "unlisted key";

/** One thing to fix, and where it is in the parsed value. */
export interface Problem {
  readonly code: ProblemCode;
  readonly path: readonly PropertyKey[];
  /** For people. */
  readonly message: string;
}

/** A problem in a file. */
export interface FileProblem extends Problem {
  /** The file's name, or its whole path if it cannot be read. */
  readonly file: string;
  /** Where it is; `undefined` if the file cannot be read. Both count from 1. */
  readonly place?: { readonly line: number; readonly column: number };
}

/**
 * The line that the operator sees.
 *
 * @example
 * ```ts
 * describeProblem(problem); // "config.yaml:4:7: plugins.echo.schedule.every: not a duration"
 * ```
 */
export function describeProblem({ file, place, path, message }: FileProblem): string {
  if (place === undefined) return `Cannot read ${file}: ${message}`;
  const key = path.length > 0 ? `${path.map(nameStep).join(".")}: ` : "";
  return `${file}:${place.line}:${place.column}: ${key}${message}`;
}

/** As {@link describeProblem}, of a config; of one that is not there with the ways to one. */
export function describeConfigProblem(problem: FileProblem): string {
  const isMissing = problem.code === "unreadable" && statIfThere(problem.file) === undefined;
  const ways = isMissing ? " (senechal-gw init FOLDER, --config PATH)" : "";
  return describeProblem(problem) + ways;
}

/** The problems without those whose line repeats an earlier one. */
export function distinct(problems: readonly FileProblem[]): readonly FileProblem[] {
  return [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()];
}

/** The problems of one file by place and then by text, each line once. */
export function inOrder(problems: readonly FileProblem[]): readonly FileProblem[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return distinct(problems).toSorted((a, b) =>
    comparePlaces(a, b) || compare(describeProblem(a), describeProblem(b))
  );
}

function comparePlaces({ place: a }: FileProblem, { place: b }: FileProblem): number {
  if (a === undefined || b === undefined) return 0;
  return a.line - b.line || a.column - b.column;
}

/** The first problems of a long list, with a last one that counts the rest. */
export function atMost(
  most: number,
  problems: readonly FileProblem[],
): readonly FileProblem[] {
  const next = problems[most];
  if (next === undefined) return problems;
  const message = `and ${problems.length - most} more`;
  return [...problems.slice(0, most), { ...next, path: [], message }];
}

/** A key in a line for people: quoted unless it is plain. */
function nameStep(step: PropertyKey): string {
  const text = String(step);
  return /^[\w-]+$/.test(text) ? text : escapeUnseen(JSON.stringify(text));
}
