import { statIfThere } from "../base/file.ts";

/** What the files beside a database say about it, before SQLite opens any of them. */
export type Beside =
  | { readonly kind: "in order" }
  /** One of them is not a regular file: at a FIFO, SQLite would wait for ever. */
  | { readonly kind: "no file"; readonly path: string }
  /** A crash left it half-written, with a rollback journal; the first start uses one. */
  | { readonly kind: "half-written"; readonly isOurs: boolean }
  /** Its write-ahead log is gone, but not the log's index, which processes that have it open still use. */
  | { readonly kind: "log lost" };

/** Source: https://sqlite.org/fileformat2.html, 1.3 and 3 */
const APPLICATION_ID_AT = 68;
const JOURNAL_MAGIC = 0xd9d505f9;
/** Where a rollback journal has the former number of pages of the database. */
const JOURNAL_PAGES_AT = 16;

/** Checks the files beside the database at `path`, which must exist. Only reads them. */
export function lookBeside(path: string, applicationId: number): Beside {
  const real = Deno.realPathSync(path); // SQLite puts its other files beside it
  const [wal, shm, journal] = [`${real}-wal`, `${real}-shm`, `${real}-journal`];
  const noFile = [wal, shm, journal].find((one) => !(statIfThere(one)?.isFile ?? true));
  if (noFile !== undefined) return { kind: "no file", path: noFile };
  const application = readWord(real, APPLICATION_ID_AT) ?? 0;
  if (readWord(journal, 0) === JOURNAL_MAGIC) {
    const wasEmpty = readWord(journal, JOURNAL_PAGES_AT) === 0;
    const isOurs = application === applicationId || (application === 0 && wasEmpty);
    return { kind: "half-written", isOurs };
  }
  const isLogLost = statIfThere(shm) !== undefined && statIfThere(wal) === undefined;
  return { kind: isLogLost && application === applicationId ? "log lost" : "in order" };
}

/** Four bytes of a file as a number; `undefined` if it is too short. */
function readWord(path: string, at: number): number | undefined {
  if (statIfThere(path) === undefined) return undefined;
  using file = Deno.openSync(path);
  const word = new Uint8Array(4);
  file.seekSync(at, Deno.SeekMode.Start);
  return file.readSync(word) === 4 ? new DataView(word.buffer).getUint32(0) : undefined;
}
