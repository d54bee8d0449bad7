import { basename } from "node:path";
import * as z from "zod/mini";
import type { FileProblem } from "../document/problem.ts";
import { parseYaml, readYamlFile } from "../document/yaml_file.ts";
import type { ReadEnv } from "./interpolate.ts";
import { checkPart } from "./part.ts";
import { stateSchema } from "./schema.ts";

/** The path of the database as written, or every problem of `state`. */
export type StateSection =
  | { readonly ok: true; readonly statePath: string }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const stateOnly = z.object({ state: stateSchema });

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
  const checked = checkPart(path, whole, "state", stateOnly, env);
  if (!checked.ok) return { ok: false, problems: checked.problems.map(locate) };
  return { ok: true, statePath: checked.value.state.path };
}
