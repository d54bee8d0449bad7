import { isJsonObject } from "../base/json.ts";
import { escapeUnseen } from "../base/unseen.ts";
import { isSecretVariable } from "../core/secret.ts";
import type { Problem } from "../document/problem.ts";
import { parseReference, type Reference, UNCLOSED } from "./reference.ts";
import type { ReadSecret } from "./secret_file.ts";

/** Reads one environment variable; `undefined` if it is not set. */
export type ReadEnv = (name: string) => string | undefined;

/** Where the values of references come from. */
export interface Sources {
  readonly env: ReadEnv;
  readonly file: ReadSecret;
}

/** A value with its references replaced. */
export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The values that are secret, as they were read. Source: SECURITY.md, "Secrets". */
  readonly secrets: readonly string[];
  /** The files that were read, as `${file:...}` names them. */
  readonly files: readonly string[];
}

const REFERENCE = /\$(\$\{)|\$\{([^}]*)(\})?/g;

type Path = readonly PropertyKey[];

/**
 * Replaces `${VAR}` and `${file:PATH}` in every string of a parsed value. `${VAR:-default}` falls back if
 * the variable is unset or empty, `$${` is a literal `${`. Keys stay as they are, and what is read is
 * never taken for YAML or for another reference.
 */
export function interpolate(value: unknown, { env, file }: Sources): Interpolated {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const secrets: string[] = [];
  const files = new Set<string>();

  function walk(node: unknown, path: Path): unknown {
    if (typeof node === "string") return replace(node, path);
    if (Array.isArray(node)) return node.map((item, i) => walk(item, [...path, i]));
    if (isJsonObject(node)) {
      return Object.fromEntries(
        Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    }
    return node;
  }

  function replace(text: string, path: Path): string {
    return text.replace(REFERENCE, (whole, escaped, body = "", closed) => {
      if (escaped !== undefined) return "${";
      const found = resolve(closed === undefined ? UNCLOSED : parseReference(body), path);
      if (found.problem === undefined) return found.text;
      problems.push({ code: "variable", path, message: found.problem });
      return whole;
    });
  }

  function resolve(reference: Reference, path: Path): Resolved {
    if (reference.kind === "invalid") return { problem: reference.message };
    if (reference.kind === "file") return readFile(reference.path, path);
    const { name, fallback } = reference;
    const text = fallback === undefined ? env(name) : env(name) || undefined;
    if (text === undefined) return fallback === undefined ? notSet(name) : { text: fallback };
    if (isPluginConfig(path) && isSecretVariable(name)) secrets.push(text);
    return { text };
  }

  function readFile(name: string, path: Path): Resolved {
    const read = file(name);
    if (!read.ok) return { problem: escapeUnseen(`cannot read the file ${name}: ${read.reason}`) };
    const message = escapeUnseen(`everyone can read the file ${name}; run chmod o-r on it`);
    if (read.isPublic) warnings.push({ code: "public", path, message });
    secrets.push(read.text);
    files.add(name);
    return read;
  }

  return { value: walk(value, []), problems, warnings, secrets, files: [...files] };
}

/** The text of a reference, or why there is none. */
type Resolved =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly problem: string };

function notSet(name: string): Resolved {
  const wayOut = `set it, or write \${${name}:-default}`;
  return { problem: `environment variable ${name} is not set; ${wayOut}` };
}

/** Whether a path leads into `plugins.NAME.config`. */
function isPluginConfig([top, , key]: Path): boolean {
  return top === "plugins" && key === "config";
}
