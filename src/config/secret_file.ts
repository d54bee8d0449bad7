import { resolve } from "node:path";
import { readTextFile, type TextFile } from "../document/text_file.ts";

/** Reads the file that a `${file:PATH}` names. */
export type ReadSecret = (path: string) => TextFile;

/** The largest file of a secret, in bytes. */
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Makes the function that reads files relative to `folder`, each once, however often it is named. A
 * newline at the end is cut: editors and `echo` add one.
 */
export function createReadSecret(folder: string): ReadSecret {
  const known = new Map<string, TextFile>();
  return (path) => {
    const whole = resolve(folder, path);
    const found = known.get(whole) ?? readTextFile(whole, MAX_SECRET_BYTES);
    known.set(whole, found);
    return found.ok ? { ...found, text: found.text.replace(/\r?\n$/, "") } : found;
  };
}
