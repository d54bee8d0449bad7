import { basename } from "node:path";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { parseYaml } from "../document/yaml_file.ts";
import type { FileFacts } from "./facts.ts";

/** What is at a path, following links; `undefined` if there is nothing, or the system does not tell. */
export function fileFacts(path: string): FileFacts | undefined {
  try {
    const { mode, uid, size } = Deno.statSync(path);
    return { path, mode: (mode ?? 0) & 0o7777, uid: uid ?? 0, size };
  } catch {
    return undefined;
  }
}

/** What exists of these paths. */
export function allFileFacts(paths: readonly string[]): readonly FileFacts[] {
  return paths.map(fileFacts).filter((file) => file !== undefined);
}

/** A folder and the files in it that everyone may write to. Links inside are followed. */
export function findWritable(folder: string): readonly string[] {
  return allFileFacts([folder, ...namesIn(folder).map((name) => `${folder}/${name}`)])
    .filter(({ mode }) => (mode & 0o002) !== 0).map(({ path }) => path);
}

function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return []; // it is not there, or is not a folder
  }
}

/** Keys whose values are secret, as people name them. */
const SECRET_KEY =
  /(^|[_-])(token|secret|passw(or)?d|passphrase|credentials?|(api|private)[_-]?key)$/i;

/** A URL with a password. */
const URL_WITH_PASSWORD = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/**
 * The keys in the `config` of entries whose values look like secrets that the file itself holds, and no
 * `${...}`, as `plugins.mail.config.password`.
 */
export function findPlainSecrets(path: string, text: string): readonly string[] {
  const parsed = parseYaml(basename(path), text);
  const whole = parsed.ok && isJsonObject(parsed.file.value) ? parsed.file.value : {};
  const plugins = isJsonObject(whole.plugins) ? whole.plugins : {};
  return Object.entries(plugins).flatMap(([name, entry]) =>
    isJsonObject(entry) && isJsonObject(entry.config)
      ? findIn(entry.config, `plugins.${name}.config`)
      : []
  );
}

function findIn(node: JsonObject, place: string): readonly string[] {
  return Object.entries(node).flatMap(([key, value]) => {
    if (isJsonObject(value)) return findIn(value, `${place}.${key}`);
    const isSecret = typeof value === "string" && value !== "" && !value.includes("${") &&
      (SECRET_KEY.test(key) || URL_WITH_PASSWORD.test(value));
    return isSecret ? [`${place}.${key}`] : [];
  });
}
