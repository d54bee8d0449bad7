import assert from "node:assert/strict";
import { type Finding, verifyDatabase } from "../../src/verify/verify.ts";
import type { Site } from "./site.ts";

/** What `verify` finds in the database at `path`, notes on the clock included. */
export function findingsIn(path: string): readonly Finding[] {
  const { broken, notes } = verifyDatabase(path, 1_000);
  return [...broken.shown, ...notes.shown];
}

/** Fails unless the database of a site keeps every promise, and shows no moved clock. */
export function assertVerified({ folder }: Pick<Site, "folder">): void {
  assert.deepEqual(findingsIn(`${folder}/data/state.db`), []);
}
