import { dirname, resolve } from "node:path";
import { DEFAULT_STATE_PATH } from "../core/lock_name.ts";
import type { FileProblem } from "../document/problem.ts";
import { readTextFile } from "../document/text_file.ts";
import type { ReadEnv } from "./interpolate.ts";

/** Where a config puts the database, or what is wrong with what it says about that. */
export type StatePlace =
  | {
    readonly ok: true;
    /** Absolute, like the next. */
    readonly configPath: string;
    readonly statePath: string;
    /** The config file as it is now. */
    readonly text: string;
  }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads only `state` of `config.yaml`, for commands that only look: the rest may hold a thousand entries,
 * or be wrong at this moment. Loads the parser of YAML only where it is needed.
 */
export async function findState(path: string, env: ReadEnv): Promise<StatePlace> {
  const read = readTextFile(path, MAX_FILE_BYTES);
  const part = read.ok ? partOf(read.text, "state") : undefined;
  const plain = part === undefined ? undefined : readPlainPath(part);
  const found = plain === undefined
    ? await (await import("./state_section.ts")).readStateSection(path, part, env)
    : { ok: true, statePath: plain } as const;
  if (!found.ok) return found;
  return {
    ok: true,
    configPath: resolve(path),
    statePath: resolve(dirname(resolve(path)), found.statePath),
    text: read.ok ? read.text : "",
  };
}

/** What starts a line of a mapping in block style, at the left margin. */
const KEY = /^([a-z_][\w-]*):(?=[ \t\r]|$)/i;

/**
 * The lines of one key of a YAML mapping, the others blank, so that each keeps its number.
 *
 * @returns `undefined` if only a parser can tell: the file uses other forms of YAML.
 */
function partOf(text: string, key: string): string | undefined {
  let isInside = false;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const isIndented = /^([ \r]|$|#)/.test(line);
    const found = KEY.exec(line)?.[1];
    if (!isIndented && found === undefined) return undefined;
    if (!isIndented) isInside = found === key;
    lines.push(isInside ? line : "");
  }
  const part = lines.join("\n");
  return /[*&]/.test(part) ? undefined : part;
}

/** A path with a slash, which no scalar of another type has, and without a variable. */
const PLAIN = /^state:\npath:[ \n]+([\w.+-]*\/[\w./+-]*)$/;

/**
 * The path that these lines name, if they are as simple as most are, or the default if there are none. YAML
 * knows no white space but spaces, tabs and ends of lines: any other character belongs to the path.
 */
function readPlainPath(part: string): string | undefined {
  const lines = part.split("\n").map((line) =>
    line.replace(/(^|[ \t])#.*/, "").replace(/^ +|[ \t\r]+$/g, "")
  );
  const text = lines.filter((line) => line !== "").join("\n");
  return text === "" ? DEFAULT_STATE_PATH : PLAIN.exec(text)?.[1];
}
