import { z } from "zod";
import { nearest } from "../base/nearest.ts";
import type { Problem } from "./problem.ts";

/** What came of checking a value: the typed value, or everything that is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks `value` against `schema` and reports every problem with its path. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap(toProblems) };
}

/**
 * An object that refuses unknown keys, naming the nearest known one; a key in `later` is one that
 * a later version of the program will know.
 */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  later: readonly string[] = [],
) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key: string) => describeUnknownKey(key, known, later)).join("\n")
        : undefined,
  });
}

/** The text for an unknown key. */
export function describeUnknownKey(
  key: string,
  known: readonly string[],
  later: readonly string[] = [],
): string {
  if (later.includes(key)) return "this version does not support it; remove it";
  const guess = nearest(key, known);
  return guess === undefined
    ? `unknown key, known here: ${known.join(", ")}`
    : `unknown key, did you mean "${guess}"?`;
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== "unrecognized_keys") return [{ path: issue.path, message: issue.message }];
  const messages = issue.message.split("\n");
  return issue.keys.map((key, i) => ({ path: [...issue.path, key], message: messages[i] ?? "" }));
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return issue.input === undefined
      ? "required, but missing"
      : `expected ${nameOf(issue.expected)}, got ${typeName(issue.input)}`;
  }
  if (issue.code === "invalid_value") {
    return `expected ${issue.values.map((v) => JSON.stringify(v)).join(" or ")}`;
  }
  if (issue.code === "too_small" || issue.code === "too_big") return describeLimit(issue);
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  return undefined;
}

function describeLimit(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>,
) {
  if (issue.origin === "string" && issue.code === "too_small") return "may not be empty";
  return issue.code === "too_small"
    ? `must be at least ${issue.minimum}`
    : `may be at most ${issue.maximum}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
};

function nameOf(type: string): string {
  return TYPE_NAMES[type] ?? `a ${type}`;
}

function typeName(value: unknown): string {
  if (value === null) return "nothing (an empty value)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return typeof value === "object" ? "a map of keys" : `a ${typeof value}`;
}
