import { dirname, resolve } from "node:path";
import type * as z from "zod/mini";
import { isJsonObject } from "../base/json.ts";
import { check, type Checked } from "../document/check.ts";
import { interpolate, type ReadEnv } from "./interpolate.ts";
import { createReadSecret } from "./secret_file.ts";

/**
 * Checks only one key of a config, for commands that need no more: the rest may hold a thousand entries, or
 * be wrong at this moment.
 *
 * @param path of the config file.
 * @param whole what it holds.
 * @param schema an object with that key alone.
 */
export function checkPart<T>(
  path: string,
  whole: unknown,
  key: string,
  schema: z.ZodMiniType<T>,
  env: ReadEnv,
): Checked<T> {
  const part = isJsonObject(whole) && whole[key] !== undefined ? { [key]: whole[key] } : {};
  const sources = { env, file: createReadSecret(dirname(resolve(path))) };
  const { value, problems } = interpolate(part, sources);
  return problems.length > 0 ? { ok: false, problems } : check(schema, value);
}
