import type { SQLOutputValue } from "node:sqlite";
import { parseIsoTime } from "../base/iso_time.ts";

/** A row as SQLite returns it, integers as bigint and texts that must be exact as bytes. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Reads the columns of one row that a person may have written. A value that cannot be read is
 * `undefined`, and the first fault is kept for reporting.
 */
export interface RowReader {
  text(column: string): string;
  time(column: string): number | undefined;
  /** A whole number that JavaScript represents exactly. */
  integer(column: string): number | undefined;
  /** Records that a column holds an invalid value. */
  refuse(column: string, expected: string): undefined;
  /** Names the first column that cannot be read, with its value. */
  fault(): string | undefined;
}

/** The most characters of a value that a fault shows. */
const SHOWN_CHARS = 100;

/** Reads a row of this table. */
export function readRow(table: string, row: Row): RowReader {
  let fault: string | undefined;

  function refuse(column: string, expected: string): undefined {
    fault ??= `its row in ${table} cannot be read: column ${column} holds ` +
      `${show(row[column])}, expected ${expected}`;
  }

  return {
    text: (column) => textOf(row[column]),
    time: (column) =>
      parseIsoTime(textOf(row[column])) ??
        refuse(column, "a time such as 2026-01-31T12:00:00.000Z"),
    integer(column) {
      const value = Number(row[column] ?? NaN);
      return Number.isSafeInteger(value) ? value : refuse(column, "a whole number below 2^53");
    },
    refuse,
    fault: () => fault,
  };
}

/**
 * SQL to read a text column whole: node:sqlite ends a text at its first NUL, but not a blob. Without it,
 * a text could pass for its beginning.
 */
export function exactText(column: string): string {
  return `CAST(${column} AS BLOB) AS ${column}`;
}

function textOf(value: SQLOutputValue | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value ?? "");
}

function show(value: SQLOutputValue | undefined): string {
  if (value === null || typeof value === "bigint") return String(value ?? "NULL");
  const text = textOf(value);
  return JSON.stringify(text.slice(0, SHOWN_CHARS)) + (text.length > SHOWN_CHARS ? " …" : "");
}
