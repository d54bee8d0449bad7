import { isJsonObject } from "../base/json.ts";

/** Whether a value is of a type. */
export type Is<T> = (value: unknown) => value is T;

/** What each field of an object must be. */
export type Shape<T extends object> = { readonly [K in keyof T]-?: Is<T[K]> };

/**
 * The object that a JSON column holds, which the gateway wrote; `undefined` if a person has broken it. There
 * may be a thousand of them, and each command reads them at its start: a library of schemas takes too long.
 */
export function readShape<T extends object>(text: string, shape: Shape<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return shaped(shape)(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object of this shape; it may have more fields. */
export function shaped<T extends object>(shape: Shape<T>): Is<T> {
  const fields = Object.entries<(value: unknown) => boolean>(shape);
  return (value): value is T =>
    isJsonObject(value) && fields.every(([key, isOfType]) => isOfType(value[key]));
}

/** Whether a value is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** No duration that a config allows is longer, in milliseconds: a time that is further off has no date. */
const LARGEST = 1e12;

/** Whether a value is a number such as a config allows. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= LARGEST;
}

/** Of this type, or absent. */
export function optional<T>(isOfType: Is<T>): Is<T | undefined> {
  return (value): value is T | undefined => value === undefined || isOfType(value);
}

/** A list of values of this type. */
export function listOf<T>(isOfType: Is<T>): Is<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(isOfType);
}

/** An object whose values are of this type. */
export function mapOf<T>(isOfType: Is<T>): Is<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> =>
    isJsonObject(value) && Object.values(value).every(isOfType);
}
