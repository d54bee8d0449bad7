import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { readDatabase } from "../sqlite/reader.ts";
import type { Row } from "../sqlite/row.ts";
import { STATE_FORMAT } from "../store/format.ts";

/** One moment of the database, for those who only read. */
export interface Reader {
  /** The rows of a query, integers as bigint. */
  rows(sql: string, ...values: readonly SQLInputValue[]): readonly Row[];
}

/**
 * Gives `read` one moment of the state database at `path`, with a gateway or without, and closes it: so
 * print only afterwards.
 *
 * @throws {DatabaseUnusable} when it cannot be read; the message says what to do.
 */
export function readState<T>(path: string, read: (reader: Reader) => T): T {
  return readDatabase(path, STATE_FORMAT, (db) => read(createReader(db)));
}

/** Reads by means of an open database. Prepares each statement once. */
export function createReader(db: Pick<DatabaseSync, "prepare">): Reader {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    rows: (sql, ...values) => (prepared.get(sql) ?? prepare(sql)).all(...values),
  };
}
