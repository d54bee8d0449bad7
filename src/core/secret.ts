import { MIN_SECRET_CHARS } from "../base/redact.ts";

/** Variables that say who and where the gateway is: a path with one of them is no secret. */
const ORDINARY: ReadonlySet<string> = new Set([
  ...["HOME", "PWD", "TMPDIR", "PATH", "SHELL", "USER", "LOGNAME", "HOSTNAME", "LANG", "TZ"],
]);

/** Whether the value of an environment variable is a secret, where a plugin's config has it. */
export function isSecretVariable(name: string): boolean {
  return !ORDINARY.has(name);
}

/**
 * The texts to mask for these secret values: each line of 8 characters or more, without white space
 * around it, as it is and as JSON writes it, in ASCII as well. Longest first. Source: SECURITY.md,
 * "Secrets".
 */
export function secretForms(values: readonly string[]): readonly string[] {
  const forms = new Set(values.flatMap(longLines).flatMap(writtenForms));
  return [...forms].sort((a, b) => b.length - a.length);
}

function longLines(value: string): string[] {
  return value.split(/[\r\n]/).flatMap((line) => {
    const bare = line.trim();
    if (bare.length >= MIN_SECRET_CHARS) return [bare];
    return bare !== "" && line.length >= MIN_SECRET_CHARS ? [line] : [];
  });
}

/** A line as it is, as JSON, and as JSON in ASCII, which is what Python writes. */
function writtenForms(line: string): string[] {
  const json = JSON.stringify(line).slice(1, -1);
  const ascii = json.replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [line, json, ascii];
}

/** Every text in a JSON value, however deep; not the keys of its objects. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
