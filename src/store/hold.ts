import { openPrivately } from "../sqlite/database.ts";

/** Another gateway has the database; the message says what to do about that. */
export class HeldByAnother extends Error {
  override readonly name = "HeldByAnother";
}

/**
 * Locks the database file itself, by flock(2), which SQLite does not use: so neither a second name of the
 * file nor a lock file that somebody deletes lets a second gateway in. Hold it from before SQLite opens
 * the file until after it has closed it, since closing any descriptor of a file drops the locks that
 * SQLite has on it. On macOS flock would keep SQLite itself out. It may be let go of more than once.
 *
 * @throws {HeldByAnother} when another process has it.
 */
export function holdDatabase(path: string): Disposable {
  const file = openPrivately(path);
  if (Deno.build.os === "linux" && !file.tryLockSync(true)) {
    file.close();
    throw new HeldByAnother(
      `Cannot use database ${path}: another gateway has it open, maybe under another name; ` +
        "stop that one, or give this one a database in a folder of its own",
    );
  }
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (isHeld) file.close();
      isHeld = false;
    },
  };
}
