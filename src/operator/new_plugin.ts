import { basename, join } from "node:path";
import { complain } from "../base/complain.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { lstatIfThere } from "../base/file.ts";
import type { JsonObject } from "../base/json.ts";
import { findPlugins } from "../config/plugins_place.ts";
import { replaceFile } from "../document/replace_file.ts";
import { insertKey, toBlock } from "../document/yaml_insert.ts";
import type { Seat } from "./command.ts";
import { createFiles } from "./create_files.ts";
import type { Language } from "./languages.ts";
import { complainOfConfig } from "./look.ts";
import { print } from "./print.ts";
import { pluginFiles } from "./templates.ts";

/** What to write, and where. */
export interface NewPlugin {
  readonly name: string;
  readonly language: Language;
  /** The path of the config file. */
  readonly config: string;
  /** Whether its entry is added there, and not only shown. */
  readonly isAdded: boolean;
}

/** The entry of a new plugin in `config.yaml`. */
const ENTRY: JsonObject = { schedule: { every: "1h" } };

/**
 * Writes a plugin, and adds its entry to the config: both, or neither. Changes nothing that is there, but
 * for that entry. Returns the program's exit code.
 */
export function createPlugin({ env }: Pick<Seat, "env">, wanted: NewPlugin): ExitCode {
  const { name, language, config, isAdded } = wanted;
  const place = findPlugins(config, (variable) => env[variable]);
  if (!place.ok) {
    complainOfConfig(place.problems);
    return ExitCode.badConfig;
  }
  const folder = join(place.pluginsDir, name);
  try {
    const edit = isAdded ? planEntry(place.configPath, name, place.entries) : undefined;
    if (lstatIfThere(folder) !== undefined) throw new Error(`${folder} exists already`);
    const created = createFiles(folder, pluginFiles(name, language));
    if (!created.ok) throw new Error(created.error);
    try {
      edit?.();
    } catch (error) {
      created.undo();
      throw error;
    }
  } catch (error) {
    complain(`Cannot add the plugin "${name}": ${messageOf(error)}`);
    return ExitCode.failure;
  }
  const file = basename(config);
  return print([
    ...pluginFiles(name, language).map(({ path }) => `wrote ${join(folder, path)}`),
    isAdded ? `added to ${file}, under plugins:` : `add to ${file}, under plugins:`,
    ...toBlock(name, ENTRY, 2),
    `next: senechal-gw check-plugin ${name}, and restart the gateway`,
  ].join("\n"));
}

/** Finds out how to add an entry to a config; what it returns does it. Throws if it cannot be added. */
function planEntry(path: string, name: string, entries: readonly string[]): () => void {
  const file = basename(path);
  if (entries.includes(name)) throw new Error(`${file} has an entry of that name already`);
  const before = Deno.readFileSync(path);
  const hasMark = before[0] === 0xef; // a byte order mark, which the decoder takes away
  const text = insertKey(new TextDecoder().decode(before), "plugins", name, ENTRY);
  if (text === undefined) {
    throw new Error(`${file} has no place for its entry; write it by hand, after new --no-config`);
  }
  return () =>
    replaceFile(path, before, new TextEncoder().encode(hasMark ? `\uFEFF${text}` : text));
}
