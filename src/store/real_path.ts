import { basename, dirname, join, resolve } from "node:path";
import { lstatIfThere } from "../base/file.ts";

/** Where a path leads once links are followed, also if there is no file yet. */
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
