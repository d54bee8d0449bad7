import { messageOf, osErrorNumber } from "../base/error_message.ts";

/** A result of SQLite that is not the fault of a statement. */
interface Fault {
  /** Primary result code. */
  readonly code: number;
  readonly text: string;
  /** What the operator can do about one that may pass; `undefined` for damage. */
  readonly wayOut?: string;
}

/** Source: https://sqlite.org/rescode.html, with the texts of `sqlite3_errstr`. */
const FAULTS: readonly Fault[] = [
  {
    code: 5,
    text: "database is locked",
    wayOut: "another process holds a lock on the database; end it",
  },
  {
    code: 6,
    text: "database table is locked",
    wayOut: "another connection holds a lock on the database; end it",
  },
  { code: 7, text: "out of memory", wayOut: "free memory" },
  {
    code: 8,
    text: "attempt to write a readonly database",
    wayOut: "make the database and its folder writable",
  },
  { code: 10, text: "disk I/O error", wayOut: "check the disk and its file-size limits" },
  { code: 11, text: "database disk image is malformed" },
  { code: 13, text: "database or disk is full", wayOut: "free space on the disk" },
  {
    code: 14,
    text: "unable to open database file",
    wayOut: "check that the folder exists and is writable",
  },
  {
    code: 15,
    text: "locking protocol",
    wayOut: "another process holds locks on the database; end it",
  },
  { code: 26, text: "file is not a database" },
];

/** Of the errors for which SQLite has no specific code, those that only another program can cause. */
const TAMPERED = ["no such table", "no such column"];

/** The file system does not allow reading or making a file of the database; that may pass. */
export class StorageUnreachable extends Error {
  override readonly name = "StorageUnreachable";

  constructor(path: string, cause: unknown, wayOut = wayOutOf(cause)) {
    super(`${path}: ${messageOf(cause)}: ${wayOut}`, { cause });
  }
}

function wayOutOf(cause: unknown): string {
  return PASSING.get(osErrorNumber(cause) ?? 0) ?? "make it a readable file again";
}

const FULL = "free space on its disk, or make it writable";
const TOO_MANY_FILES = "close files, or raise the limit (ulimit -n)";

/** What the operator can do about system errors that may pass, by `errno`. */
const PASSING: ReadonlyMap<number, string> = new Map([
  [5, "check the disk"], // EIO
  [12, "free memory"], // ENOMEM
  [23, TOO_MANY_FILES], // ENFILE
  [24, TOO_MANY_FILES], // EMFILE
  [28, FULL], // ENOSPC
  [30, FULL], // EROFS
  [122, FULL], // EDQUOT
]);

/** Whether the system cannot open or write a file just now. */
export function mayPass(error: unknown): boolean {
  return PASSING.has(osErrorNumber(error) ?? 0);
}

/**
 * What to tell the operator about a failure of the storage that may pass; `undefined` if `error` is
 * something else (a damaged file, a bug) that no retry can fix.
 */
export function passingStorageError(error: unknown): string | undefined {
  if (error instanceof StorageUnreachable) return error.message;
  const wayOut = faultOf(error)?.wayOut;
  return error instanceof Error && wayOut !== undefined ? `${error.message}: ${wayOut}` : undefined;
}

/** Why a database file cannot be used; the file is unchanged. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";

  /** @param isDamaged whether the reason is damage. */
  constructor(message: string, readonly isDamaged = false) {
    super(message);
  }
}

/** A check of the whole file found damage. */
export class DamageFound extends Error {
  override readonly name = "DamageFound";
}

/** What SQLite says, without the statement that it may quote after it. */
export function reasonOf(error: unknown): string {
  const [line = ""] = messageOf(error).split("\n");
  return line.replace(/ in ?$/, "");
}

/** Whether SQLite found the database file damaged, or a table missing. No retry can fix that. */
export function isDamage(error: unknown): error is Error {
  if (error instanceof DatabaseUnusable) return error.isDamaged;
  const fault = faultOf(error);
  return error instanceof DamageFound || (fault !== undefined && fault.wayOut === undefined);
}

/** Matches the text only if there is no code: `exec` and the opening of a file give none. */
function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR")) {
    return undefined;
  }
  const { message } = error;
  const tampered = TAMPERED.find((text) => message.startsWith(text));
  if (tampered !== undefined) return { code: 1, text: tampered };
  return "errcode" in error && typeof error.errcode === "number"
    ? findByCode(error.errcode & 0xff)
    : FAULTS.find(({ text }) => message.startsWith(text));
}

function findByCode(code: number): Fault | undefined {
  return FAULTS.find((fault) => fault.code === code);
}

/** Why a step of the storage failed; `undefined` if it did not. */
export function failureOf(step: () => void): string | undefined {
  try {
    step();
  } catch (error) {
    return passingStorageError(error) ?? messageOf(error);
  }
}
