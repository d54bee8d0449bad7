import { dirname, join } from "node:path";
import { messageOf } from "../base/error_message.ts";
import { lstatIfThere, statIfThere } from "../base/file.ts";

/** A file that does not exist yet. */
export interface NewFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  readonly isExecutable?: boolean;
}

/** All files are there, or none of them. */
export type Created =
  | {
    readonly ok: true;
    /** Removes what was created. */
    readonly undo: () => void;
  }
  | { readonly ok: false; readonly error: string };

/**
 * Creates files below a folder, which need not exist, with all folders on the way. Never changes a file that
 * is there: if one is in the way, creates nothing and says which.
 */
export function createFiles(folder: string, files: readonly NewFile[]): Created {
  const made: string[] = [];
  const undo = () => made.toReversed().forEach(removeOwn);
  try {
    const inTheWay = files.map(({ path }) => join(folder, path)).filter(isThere);
    if (inTheWay.length > 0) return { ok: false, error: describe(inTheWay) };
    for (const { path, text, isExecutable } of files) {
      const at = join(folder, path);
      createFolder(dirname(at), made);
      const mode = isExecutable ? 0o755 : 0o644;
      using file = Deno.openSync(at, { write: true, createNew: true, mode });
      made.push(at);
      writeAll(file, new TextEncoder().encode(text));
    }
    return { ok: true, undo };
  } catch (error) {
    undo();
    return { ok: false, error: describeError(error) };
  }
}

/** What Deno says of system folders is about its flags. */
function describeError(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "Deno keeps programs from writing to system folders such as /proc; choose another folder"
    : messageOf(error);
}

/** Also true for a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatIfThere(path) !== undefined;
}

function describe(paths: readonly string[]): string {
  const verb = paths.length === 1 ? "exists" : "exist";
  return `${paths.join(", ")} ${verb} already; nothing was written`;
}

function createFolder(path: string, made: string[]): void {
  if (statIfThere(path)?.isDirectory) return;
  createFolder(dirname(path), made);
  Deno.mkdirSync(path, { mode: 0o755 });
  made.push(path);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

/** A folder into which somebody has put something meanwhile stays. */
function removeOwn(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or not empty.
  }
}
