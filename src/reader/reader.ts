import type { DatabaseSync, SQLInputValue } from "node:sqlite";
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

/** Reads by means of an open database. */
export function createReader(db: Pick<DatabaseSync, "prepare">): Reader {
  return {
    rows(sql, ...values) {
      const statement = db.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all(...values);
    },
  };
}
