import { basename, dirname, resolve } from "node:path";
import * as z from "zod/mini";
import { isJsonObject } from "../base/json.ts";
import { check } from "../document/check.ts";
import type { FileProblem } from "../document/problem.ts";
import { parseYaml, readYamlFile } from "../document/yaml_file.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { stateSchema } from "./schema.ts";
import { createReadSecret } from "./secret_file.ts";

/** The path of the database as written, or every problem of `state`. */
export type StateSection =
  | { readonly ok: true; readonly statePath: string }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/**
 * Reads `state` of the config at `path` with the parser of YAML.
 *
 * @param part the lines of `state` alone; without them the whole file is parsed.
 */
export function readStateSection(
  path: string,
  part: string | undefined,
  env: ReadEnv,
): StateSection {
  const parsed = part === undefined ? readYamlFile(path) : parseYaml(basename(path), part);
  if (!parsed.ok) return parsed;
  const { value: whole, locate } = parsed.file;
  const state = isJsonObject(whole) && whole.state !== undefined ? { state: whole.state } : {};
  const file = createReadSecret(dirname(resolve(path)));
  const { value, problems } = interpolate(state, { env, file });
  const checked = check(z.object({ state: stateSchema }), value);
  const wrong = problems.length === 0 && !checked.ok ? checked.problems : problems;
  if (!checked.ok || wrong.length > 0) return { ok: false, problems: wrong.map(locate) };
  return { ok: true, statePath: checked.value.state.path };
}
