import * as z from "zod/mini";
import { isRawNumber } from "../base/json.ts";
import { nearest } from "../base/nearest.ts";
import type { Problem } from "./problem.ts";

/** The result of checking a value: the typed value, or everything that is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const TOO_MANY: Problem = {
  code: "invalid",
  path: [],
  message: "too many wrong values in one list to name; is this the right file?",
};

/**
 * Checks `value` against `schema` and reports every problem with its path.
 *
 * @param later the keys that a later version will know, as dotted paths; `*` stands for any step.
 */
export function check<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  later: readonly string[] = [],
): Checked<T> {
  const result = tryParse(schema, value);
  if (result === undefined) return { ok: false, problems: [TOO_MANY] };
  if (result.success) return { ok: true, value: result.data };
  return {
    ok: false,
    problems: result.error.issues.flatMap((issue) => toProblems(issue, schema, later)),
  };
}

/** `undefined` if zod, which passes problems on as arguments, has too many for the stack. */
function tryParse<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
): z.core.util.SafeParseResult<T> | undefined {
  try {
    return schema.safeParse(value, { error: describeIssue });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

function toProblems(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  later: readonly string[],
): readonly Problem[] {
  if (issue.code === "invalid_union") {
    const { errors, path } = issue;
    const inside = errors.find((branch) => !branch.some(isOfOtherType)) ?? [];
    if (inside.length > 0) {
      const located = inside.map((each) => ({ ...each, path: [...path, ...each.path] }));
      return located.flatMap((each) => toProblems(each, schema, later));
    }
  }
  if (issue.code !== "unrecognized_keys") {
    return [{ code: "invalid", path: issue.path, message: issue.message }];
  }
  const known = keysAt(schema, issue.path);
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    return { path, ...explainUnknownKey(key, known, later.some((way) => leadsTo(way, path))) };
  });
}

/** Whether a value is not at all of the kind that a branch of a union is for. */
function isOfOtherType({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}

/** What is wrong with an unknown key. */
export function explainUnknownKey(
  key: string,
  known: readonly string[],
  isLater = false,
): Pick<Problem, "code" | "message"> {
  if (isLater) return { code: "later key", message: "this version does not support it; remove it" };
  const guess = nearest(key, known);
  return guess === undefined
    ? { code: "unknown key", message: `unknown key, expected one of: ${known.join(", ")}` }
    : { code: "mistyped key", message: `unknown key, did you mean "${guess}"?` };
}

/** The keys that a schema knows for the object at a path. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const node = path.reduce<z.core.$ZodType | undefined>(
    (inner, step) => inner && stepInto(bare(inner), step),
    schema,
  );
  const object = node && bare(node);
  return object instanceof z.ZodMiniObject ? Object.keys(object.shape) : [];
}

function stepInto(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodMiniObject) return schema.shape[String(step)];
  if (schema instanceof z.ZodMiniRecord) return schema.def.valueType;
  return schema instanceof z.ZodMiniArray ? schema.def.element : undefined;
}

/** A schema without its wrappers: default, transformation, optional; of a union, the last option. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodMiniPipe) return bare(schema.def.in);
  if (schema instanceof z.ZodMiniUnion) return bare(schema.def.options.at(-1) ?? schema);
  const isWrapped = schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniPrefault;
  return isWrapped ? bare(schema.def.innerType) : schema;
}

function leadsTo(way: string, path: readonly PropertyKey[]): boolean {
  const steps = way.split(".");
  return steps.length === path.length &&
    steps.every((step, i) => step === "*" || step === String(path[i]));
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
  if (issue.origin === "string" && issue.code === "too_small") return "must not be empty";
  return issue.code === "too_small"
    ? `must be at least ${issue.minimum}`
    : `must be at most ${issue.maximum}`;
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
  if (isRawNumber(value)) return "a number with too many digits";
  if (value === null) return "nothing (an empty value)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return typeof value === "object" ? "a map of keys" : `a ${typeof value}`;
}
