import { statIfThere } from "../base/file.ts";

/** What the files beside a database say of it, before SQLite opens any of them. */
export type Beside =
  | { readonly kind: "in order" }
  /** One of them is no regular file: SQLite would wait at a FIFO, for ever. */
  | { readonly kind: "no file"; readonly path: string }
  /** A crash left it half-written, with a rollback journal, as the first start has one. */
  | { readonly kind: "half-written"; readonly isOurs: boolean }
  /** Its write-ahead log is gone, but not the index of that, which whoever has it open still goes by. */
  | { readonly kind: "log lost" };

/** Source: https://sqlite.org/fileformat2.html, 1.3 and 3 */
const APPLICATION_ID_AT = 68;
const JOURNAL_MAGIC = 0xd9d505f9;
/** Where a rollback journal has the number of pages that the database had before. */
const JOURNAL_PAGES_AT = 16;

/** Looks beside the database at `path`, which is there. What is not ours is only looked at. */
export function lookBeside(path: string, applicationId: number): Beside {
  const real = Deno.realPathSync(path); // beside which SQLite has its other files
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

/** Four bytes of a file as a number; `undefined` if it does not have them. */
function readWord(path: string, at: number): number | undefined {
  if (statIfThere(path) === undefined) return undefined;
  using file = Deno.openSync(path);
  const word = new Uint8Array(4);
  file.seekSync(at, Deno.SeekMode.Start);
  return file.readSync(word) === 4 ? new DataView(word.buffer).getUint32(0) : undefined;
}
