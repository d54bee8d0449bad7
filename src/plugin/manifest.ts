import * as z from "zod/mini";
import { nearest } from "../base/nearest.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { NOT_A_PLUGIN_NAME, PLUGIN_NAME } from "../core/name.ts";
import { check, explainUnknownKey } from "../document/check.ts";
import { atMost, type FileProblem, type Problem } from "../document/problem.ts";
import { readYamlFile } from "../document/yaml_file.ts";

const configKeysSchema = z.looseObject({
  required: z.optional(z.array(z.string())).check(z.describe("Keys that config must have")),
  optional: z.optional(z.array(z.string())).check(z.describe("Keys that config may have")),
});

/** What a plugin says about itself in `manifest.yaml`. Unknown keys are allowed. */
export const manifestSchema = z.looseObject({
  name: z.string().check(
    z.regex(PLUGIN_NAME, NOT_A_PLUGIN_NAME),
    z.describe("The plugin's name, and the name of its folder"),
  ),
  version: z.optional(z.string({ error: 'expected a string; quote it, such as "1.0"' }))
    .check(z.describe("The plugin's own version")),
  protocol: z.literal(1, { error: "unsupported protocol; this gateway supports only protocol 1" })
    .check(z.describe("Version of the protocol the plugin speaks")),
  entrypoint: z.string().check(
    z.minLength(1),
    z.describe("The executable, relative to the plugin's folder"),
  ),
  description: z.optional(z.string()).check(z.describe("One line for people")),
  commands: z.array(z.string()).check(
    z.refine((commands) => commands.includes("poll"), 'must contain "poll"'),
    z.describe("The commands of the plugin; must contain poll"),
  ),
  config_keys: z.prefault(configKeysSchema, {})
    .check(z.describe("Which keys of config the plugin reads")),
  state_on_error: z._default(z.array(z.string()), [])
    .check(z.describe("Keys of state_updates that are stored although the answer says error")),
  secret_state: z._default(z.array(z.string()), [])
    .check(z.describe("Keys of the state whose values are masked wherever they are shown")),
});

/** A checked manifest. */
export type Manifest = z.output<typeof manifestSchema>;

/** A manifest with what to warn of, or what is wrong with it. */
export type LoadedManifest =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly FileProblem[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** How many problems, warnings or missing keys are worth reading at once. */
export const MAX_LISTED = 20;

/** Reads and checks one `manifest.yaml`. Gives the first problems, and counts the rest. */
export function loadManifest(path: string): LoadedManifest {
  const read = readYamlFile(path);
  if (!read.ok) return { ok: false, problems: atMost(MAX_LISTED, read.problems) };
  const value = read.file.value ?? {};
  const checked = check(manifestSchema, value);
  const list = (problems: readonly Problem[]) => atMost(MAX_LISTED, problems.map(read.file.locate));
  if (!checked.ok) {
    return { ok: false, problems: list(checked.problems.map((one) => nameMistyped(one, value))) };
  }
  const warnings = [
    findUnknownKeys(checked.value, manifestSchema, []),
    findUnknownKeys(checked.value.config_keys, configKeysSchema, ["config_keys"]),
  ].flat();
  return { ok: true, manifest: checked.value, warnings: list(warnings) };
}

/** A missing key may be there under a mistyped name. */
function nameMistyped(problem: Problem, value: object): Problem {
  const [key, ...inner] = problem.path;
  if (typeof key !== "string" || inner.length > 0 || Object.hasOwn(value, key)) return problem;
  const known = Object.keys(manifestSchema.shape);
  const mistyped = Object.keys(value).find((other) =>
    !known.includes(other) && nearest(other, [key]) !== undefined
  );
  if (mistyped === undefined) return problem;
  const shown = escapeUnseen(JSON.stringify(mistyped));
  return { ...problem, message: `${problem.message}; the key ${shown} looks mistyped` };
}

function findUnknownKeys(
  value: object,
  schema: z.ZodMiniObject,
  path: readonly string[],
): Problem[] {
  const known = Object.keys(schema.shape);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [...path, key], ...explainUnknownKey(key, known) }));
}
