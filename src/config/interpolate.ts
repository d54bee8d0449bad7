import { isJsonObject } from "../base/json.ts";
import type { Problem } from "../document/problem.ts";

/** Reads one environment variable; `undefined` if it is not set. */
export type ReadEnv = (name: string) => string | undefined;

/** Pattern of an environment variable's name. Source: POSIX.1-2024, XBD 3, "Name". */
export const VARIABLE_NAME = "[A-Za-z_][A-Za-z0-9_]*";

const REFERENCE = /\$(\$\{)|\$\{([^}]*)(\})?/g;
const NAME = new RegExp(`^(${VARIABLE_NAME})(?::-([\\s\\S]*))?$`);

const INVALID =
  "invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${";
const BRACE_IN_DEFAULT =
  "a default ends at the first }, so it must not contain { or another ${NAME}; set the variable";

/**
 * Replaces `${VAR}` in every string of a parsed value. `${VAR:-default}` falls back if the
 * variable is unset or empty, `$${` is a literal `${`. Keys stay as they are, and the value of a
 * variable is never read as YAML or as another reference.
 */
export function interpolate(
  value: unknown,
  env: ReadEnv,
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];

  function walk(node: unknown, path: readonly PropertyKey[]): unknown {
    if (typeof node === "string") return replace(node, path);
    if (Array.isArray(node)) return node.map((item, i) => walk(item, [...path, i]));
    if (isJsonObject(node)) {
      return Object.fromEntries(
        Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    }
    return node;
  }

  function replace(text: string, path: readonly PropertyKey[]): string {
    return text.replace(REFERENCE, (whole, escaped, body = "", closed) => {
      if (escaped !== undefined) return "${";
      const [, name, fallback] = closed === undefined ? [] : NAME.exec(body) ?? [];
      if (name === undefined) return refuse(path, whole, INVALID);
      if (fallback?.includes("{")) return refuse(path, whole, BRACE_IN_DEFAULT);
      const found = env(name);
      if (fallback !== undefined) return found || fallback;
      if (found !== undefined) return found;
      const wayOut = `set it, or write \${${name}:-default}`;
      return refuse(path, whole, `environment variable ${name} is not set; ${wayOut}`);
    });
  }

  function refuse(path: readonly PropertyKey[], whole: string, message: string): string {
    problems.push({ code: "variable", path, message });
    return whole;
  }

  return { value: walk(value, []), problems };
}
