import { basename, dirname, resolve } from "node:path";
import * as z from "zod/mini";
import { isJsonObject } from "../base/json.ts";
import { check } from "../document/check.ts";
import type { FileProblem } from "../document/problem.ts";
import { readTextFile } from "../document/text_file.ts";
import { parseYaml, readYamlFile } from "../document/yaml_file.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { stateSchema } from "./schema.ts";
import { createReadSecret } from "./secret_file.ts";

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
 * or be wrong at this moment.
 */
export function findState(path: string, env: ReadEnv): StatePlace {
  const read = readTextFile(path, MAX_FILE_BYTES);
  const part = read.ok ? partOf(read.text, "state") : undefined;
  const parsed = part === undefined ? readYamlFile(path) : parseYaml(basename(path), part);
  if (!parsed.ok) return parsed;
  const { value: whole, locate } = parsed.file;
  const folder = dirname(resolve(path));
  const state = isJsonObject(whole) && whole.state !== undefined ? { state: whole.state } : {};
  const { value, problems } = interpolate(state, { env, file: createReadSecret(folder) });
  const checked = check(z.object({ state: stateSchema }), value);
  const wrong = problems.length === 0 && !checked.ok ? checked.problems : problems;
  if (!checked.ok || wrong.length > 0) return { ok: false, problems: wrong.map(locate) };
  return {
    ok: true,
    configPath: resolve(path),
    statePath: resolve(folder, checked.value.state.path),
    text: read.ok ? read.text : "",
  };
}

/** What starts a line of a mapping in block style, at the left margin. */
const KEY = /^([a-z_][\w-]*):(?=\s|$)/i;

/**
 * The lines of one key of a YAML mapping, the others blank, so that each keeps its number.
 *
 * @returns `undefined` if only a parser can tell: the file uses other forms of YAML, or the key twice.
 */
function partOf(text: string, key: string): string | undefined {
  let isInside = false;
  let times = 0;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const isIndented = /^([ \r]|$|#)/.test(line);
    const found = KEY.exec(line)?.[1];
    if (!isIndented && found === undefined) return undefined;
    if (!isIndented) isInside = found === key;
    if (!isIndented && isInside) times++;
    lines.push(isInside ? line : "");
  }
  const part = lines.join("\n");
  return times > 1 || /[*&]/.test(part) ? undefined : part;
}
