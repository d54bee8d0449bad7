import { join } from "node:path";
import { isFile } from "../base/file.ts";
import { ask } from "./ask.ts";

/** A file is read quickly, or not at all. */
const LIMIT_MS = 1_000;

/** No system reads a longer first line of a script. */
const LONGEST_FIRST_LINE = 256;

/** What the first bytes of an executable make it. */
export type Shebang =
  /** The first line unchanged, with the CR of a CRLF. */
  | { readonly kind: "script"; readonly line: string }
  /** A binary, or a file that is executable but not readable. */
  | { readonly kind: "program" }
  | { readonly kind: "none"; readonly beginning: Uint8Array };

/**
 * Reads the first line of an executable.
 *
 * @throws if the file does not exist.
 */
export function readShebang(path: string): Shebang {
  const bytes = tryReadFirstBytes(path);
  if (bytes === undefined || bytes.includes(0)) return { kind: "program" };
  const line = shebangLineOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  return line === undefined
    ? { kind: "none", beginning: bytes.subarray(0, 40) }
    : { kind: "script", line };
}

/**
 * The first line of an executable if it names an interpreter, even after a byte order mark or before
 * bytes that are not text; `undefined` if it names none, or cannot be read. Another program opens it,
 * since it may become a FIFO at any moment, and opening one may block for ever.
 */
export async function readShebangLine(path: string): Promise<string | undefined> {
  const script = '[ -f "$1" ] && IFS= read -r line < "$1"; printf %s "$line"';
  const text = await ask("/bin/sh", ["-c", script, "line", path], LIMIT_MS);
  return shebangLineOf(text ?? "");
}

function shebangLineOf(text: string): string | undefined {
  const [line = ""] = text.split("\n");
  return line.startsWith("#!") ? line : undefined;
}

/**
 * Which program of a first line such as `#!/usr/bin/env -S deno run` is not installed; `undefined`
 * if all are. `env` looks its program up in `path`, which is what the script sees as PATH.
 */
export function describeMissingInterpreter(line: string, path: string): string | undefined {
  const [interpreter = "", ...args] = line.slice(2).trim().split(/\s+/);
  if (!isFile(interpreter)) return `${line}: ${interpreter || "nothing"} is not a file`;
  if (!interpreter.endsWith("/env")) return undefined;
  const program = args.find((arg) => !arg.startsWith("-") && !arg.includes("="));
  if (program === undefined) return `${line}: env has no program to run`;
  const places = program.includes("/")
    ? [program]
    : path.split(":").map((folder) => join(folder, program));
  return places.some(isFile) ? undefined : `${line}: ${program} is not in PATH (${path})`;
}

function tryReadFirstBytes(path: string): Uint8Array | undefined {
  try {
    if (!Deno.statSync(path).isFile) return undefined; // opening a FIFO may block for ever
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(LONGEST_FIRST_LINE);
    return bytes.subarray(0, file.readSync(bytes) ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
