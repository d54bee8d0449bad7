import { basename, dirname, join, resolve } from "node:path";

/** What is at a path, following links; `undefined` if there is nothing. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.statSync(path));
}

/** What is at a path itself, even if it is a link; `undefined` if there is nothing. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.lstatSync(path));
}

/** Tells a file from every other existing one: its device and inode. */
export function identityOf({ dev, ino }: Deno.FileInfo): string {
  return `${dev}:${ino}`;
}

/** Whether there is a regular file; false if that is unknown. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Where a path leads, following links, even if there is no file yet. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const target = lstatIfThere(path)?.isSymlink ? Deno.readLinkSync(path) : undefined;
  return target === undefined
    ? join(Deno.realPathSync(dirname(path)), basename(path))
    : realPath(resolve(dirname(path), target));
}

/**
 * Removes what is at a path, but no folder with something in it. Who waits at a FIFO is let go: opened for
 * both sides it never blocks, and it stays so until its name is gone.
 */
export function removeAny(path: string, found: Deno.FileInfo): void {
  using _fifo = found.isFifo ? Deno.openSync(path, { read: true, write: true }) : undefined;
  Deno.removeSync(path);
}

/** The size of a file in bytes, 0 if there is none. */
export function sizeOf(path: string): number {
  return statIfThere(path)?.size ?? 0;
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
