import { dirname } from "node:path";
import { ask } from "../process/ask.ts";
import type { DiskFacts } from "./facts.ts";
import { fileFacts } from "./files.ts";

/** The file system that holds a path, or would; `undefined` if `df` does not tell. */
export async function askDisk(path: string): Promise<DiskFacts | undefined> {
  let place = path;
  while (fileFacts(place) === undefined && dirname(place) !== place) place = dirname(place);
  const withType = await ask("df", ["-PTk", place]);
  if (withType === undefined) return undefined; // it hangs, as over a network, or is not there
  return parseDisk(withType, true) ?? parseDisk(await ask("df", ["-Pk", place]) ?? "", false);
}

/**
 * Reads what `df` says of one file system. Source: POSIX.1-2024, `df -P`; `-T`, of GNU and busybox, adds
 * the type as the second column.
 */
export function parseDisk(text: string, hasType: boolean): DiskFacts | undefined {
  const [, line = ""] = text.trimEnd().split("\n");
  const type = hasType ? String.raw`\s+(?<type>\S+)` : "";
  const pattern = String.raw`^.*?${type}\s+\d+\s+\d+\s+(?<free>-?\d+)\s+\S+\s+(?<at>/.*)$`;
  const found = new RegExp(pattern).exec(line)?.groups;
  if (found === undefined) return undefined;
  const { free = "", at = "" } = found;
  return { type: found.type, freeBytes: Number(free) * 1024, mountedOn: at };
}
