import { isJsonObject } from "../base/json.ts";
import { nearest } from "../base/nearest.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { readNames } from "../reader/entries.ts";
import { hasJobs } from "../reader/jobs.ts";
import type { Reader } from "../reader/reader.ts";

/** How many names a line lists. */
const MAX_NAMES = 5;

/** A line for stderr, unless an entry, or an earlier one whose jobs are kept, has this name. */
export function refuseName(reader: Reader, name: string): string | undefined {
  const names = readNames(reader);
  return names.includes(name) || hasJobs(reader, name) ? undefined : describeUnknown(name, names);
}

/** A line on a name that is not among those known, with what was most likely meant. */
export function describeUnknown(name: string, known: readonly string[]): string {
  const unknown = escapeUnseen(`error: unknown entry '${name}'`);
  if (known.length === 0) return `${unknown}: no gateway has run here yet`;
  const guess = nearest(name, known) ?? completes(name, known);
  if (guess !== undefined) return escapeUnseen(`${unknown}, did you mean '${guess}'?`);
  if (known.length > MAX_NAMES) return `${unknown}; senechal-gw status lists them`;
  return escapeUnseen(`${unknown}; known: ${known.join(", ")}`);
}

/**
 * A line on a name, `unknown`, that the gateway does not know; another line if `config.yaml` names it.
 *
 * @param line what is said otherwise.
 */
export async function explainUnknown(
  line: string,
  unknown: string | undefined,
  config: string,
): Promise<string> {
  if (unknown === undefined || !await isNamedIn(config, unknown)) return line;
  return escapeUnseen(
    `error: no gateway has read the entry '${unknown}' yet, which the config names; ` +
      "start the gateway, or restart it if it runs",
  );
}

/** Whether a config names an entry, loaded or not. The parser is loaded only for that. */
export async function isNamedIn(text: string, name: string): Promise<boolean> {
  const { parseYaml } = await import("../document/yaml_file.ts");
  const parsed = parseYaml("config.yaml", text);
  const whole = parsed.ok ? parsed.file.value : undefined;
  return isJsonObject(whole) && isJsonObject(whole.plugins) && Object.hasOwn(whole.plugins, name);
}

/** The only name that begins with `beginning`. */
function completes(beginning: string, known: readonly string[]): string | undefined {
  const all = known.filter((name) => name.startsWith(beginning));
  return all.length === 1 ? all[0] : undefined;
}
