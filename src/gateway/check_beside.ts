import type { Log } from "../log/log.ts";
import { ask } from "../process/ask.ts";
import { readCheck } from "../sqlite/integrity.ts";
import { DamageFound } from "../sqlite/storage_error.ts";
import type { Store } from "../store/store.ts";

/** A database on a slow disk may take minutes. */
const LIMIT_MS = 3_600_000;

/**
 * Checks a large database for damage after a crash, in a separate process while the gateway works: here
 * it would block everything else for seconds, and could not be stopped.
 *
 * @param command prints what {@link describeCheck} says of the database that its last argument names.
 * @throws {DamageFound}
 */
export async function checkBeside(
  { isUnchecked }: Pick<Store, "isUnchecked">,
  path: string,
  command: readonly string[] | undefined,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  if (!isUnchecked || command === undefined) return;
  const [program = "", ...args] = command;
  const said = await ask(program, [...args, path], LIMIT_MS, stop);
  if (stop.aborted) return;
  const found = readCheck(said ?? "");
  if (found === "whole") log.info("Database checked, no damage found", { path });
  else if (found === "unknown") log.warn("Database cannot be checked for damage", { path });
  else throw new DamageFound(found.damage);
}
