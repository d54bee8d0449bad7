/** Pattern of an environment variable's name. Source: POSIX.1-2024, XBD 3, "Name". */
export const VARIABLE_NAME = "[A-Za-z_][A-Za-z0-9_]*";

/** What a `${...}` stands for. */
export type Reference =
  | { readonly kind: "variable"; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "invalid"; readonly message: string };

const VARIABLE = new RegExp(`^(${VARIABLE_NAME})(?::-([\\s\\S]*))?$`);

/** `${file:-x}` is the variable `file` with a default. */
const FILE = /^file:(?!-)([\s\S]*)$/;

const INVALID =
  "invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${";
const BRACE_IN_DEFAULT =
  "a default ends at the first }, so it must not contain { or another ${NAME}; set the variable";
const BRACE_IN_PATH =
  "the path of a file ends at the first }, so it must not contain { or another ${NAME}";
const NUL_IN_PATH = "the path of a file must not contain a NUL character";
const NO_PATH = "${file:} lacks a path; write ${file:PATH}";

/** Reads what is between `${` and the next `}`. */
export function parseReference(body: string): Reference {
  const [, path] = FILE.exec(body) ?? [];
  if (path === "") return invalid(NO_PATH);
  if (path?.includes("{")) return invalid(BRACE_IN_PATH);
  if (path?.includes("\0")) return invalid(NUL_IN_PATH);
  if (path !== undefined) return { kind: "file", path };
  const [, name, fallback] = VARIABLE.exec(body) ?? [];
  if (name === undefined) return invalid(INVALID);
  if (fallback?.includes("{")) return invalid(BRACE_IN_DEFAULT);
  return { kind: "variable", name, fallback };
}

function invalid(message: string): Reference {
  return { kind: "invalid", message };
}

/** A `${` without its `}`. */
export const UNCLOSED: Reference = invalid(INVALID);
