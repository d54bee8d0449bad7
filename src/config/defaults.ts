import { isJsonObject, type JsonObject } from "../base/json.ts";

/** A valid config, as it was written, whose entries have what its `defaults` say; itself without them. */
export function withDefaults(config: unknown): unknown {
  if (!isJsonObject(config)) return config;
  const { defaults, plugins } = config;
  if (!isJsonObject(defaults) || !isJsonObject(plugins)) return config;
  const filled = Object.entries(plugins).map(([name, entry]) => [
    name,
    isJsonObject(entry) ? inherit(defaults, entry) : entry,
  ]);
  return { ...config, plugins: Object.fromEntries(filled) };
}

/**
 * An entry with the keys that only the defaults have. What the entry says replaces what the defaults
 * say, except that two maps become one, in which the keys of the entry replace those of the default.
 *
 * @example
 * ```ts
 * inherit({ retry: { a: 1, b: 1 }, env: ["A"] }, { retry: { b: 2 } }); // { retry: { a: 1, b: 2 }, env: ["A"] }
 * ```
 */
export function inherit(defaults: JsonObject, entry: JsonObject): JsonObject {
  const merged = Object.entries(entry).map(([key, said]) => {
    const standard = defaults[key];
    return [key, isJsonObject(standard) && isJsonObject(said) ? { ...standard, ...said } : said];
  });
  return { ...defaults, ...Object.fromEntries(merged) };
}
