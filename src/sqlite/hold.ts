import { openPrivately } from "./database.ts";

/** Another gateway has the database; the message says what to do. */
export class HeldByAnother extends Error {
  override readonly name = "HeldByAnother";
}

/**
 * Locks the database file itself, by flock(2), which SQLite does not use: so neither a second name of the
 * file nor a deleted lock file lets a second gateway in. Hold it from before SQLite opens the file until
 * after SQLite has closed it, since closing any descriptor of a file drops SQLite's locks on it. On macOS,
 * where flock would keep SQLite itself out, it does not lock. It may be disposed of more than once.
 *
 * @throws {HeldByAnother} when another process has it.
 */
export function holdDatabase(path: string): Disposable {
  const file = openPrivately(path);
  if (Deno.build.os === "linux" && !file.tryLockSync(true)) {
    file.close();
    throw new HeldByAnother(
      `Cannot use database ${path}: another gateway has it open, possibly under another name; ` +
        "stop that gateway, or give this one a database in its own folder",
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
