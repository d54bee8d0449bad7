import { messageOf } from "../base/error_message.ts";

/** The text of a file, or why it cannot be read. */
export type TextFile =
  | {
    readonly ok: true;
    readonly text: string;
    /** Whether every user of the machine may read it. */
    readonly isPublic: boolean;
  }
  /** For people; never quotes the file. */
  | { readonly ok: false; readonly reason: string };

/** Reads a text in UTF-8. Opens only a regular file, so it never waits for a writer. */
export function readTextFile(path: string, maxBytes: number): TextFile {
  const read = readBytes(path, maxBytes);
  if (!read.ok) return read;
  const text = decode(read.bytes);
  if (text === undefined) return refuse("it is not valid UTF-8");
  if (text.includes("\0")) return refuse("it contains NUL bytes, so it is damaged");
  return { ok: true, text, isPublic: read.isPublic };
}

type Refused = Extract<TextFile, { ok: false }>;

function refuse(reason: string): Refused {
  return { ok: false, reason };
}

type ReadBytes =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly isPublic: boolean }
  | Refused;

function readBytes(path: string, maxBytes: number): ReadBytes {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return refuse("it is a folder, not a file");
    if (!info.isFile) return refuse("it is not a regular file");
    if (info.size > maxBytes) {
      return refuse(`it has ${info.size} bytes, the limit is ${maxBytes}`);
    }
    const isPublic = ((info.mode ?? 0) & 0o004) !== 0;
    return { ok: true, bytes: Deno.readFileSync(path), isPublic };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return refuse("no such file; create it, or name another one");
    }
    if (error instanceof Deno.errors.PermissionDenied) return refuse("permission denied");
    return refuse(messageOf(error));
  }
}

/** The text, or `undefined` if the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
