const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return findProgram(program) !== undefined;
}

/** The path of an installed program. */
export function findProgram(program: string): string | undefined {
  return folders.map((folder) => `${folder}/${program}`).find((path) => {
    try {
      return ((Deno.statSync(path).mode ?? 0) & 0o111) !== 0;
    } catch {
      return false;
    }
  });
}

/**
 * For the `ignore` of a test: if `missing` says why, prints what is not tested.
 *
 * @returns whether to ignore the test.
 */
export function skipWhere(missing: string | undefined, what: string): boolean {
  if (missing === undefined) return false;
  console.log(`SKIPPED ${what}: ${missing}`);
  return true;
}

/** Why a test that needs `program` cannot run here; `undefined` if it can. */
export function missing(program: string): string | undefined {
  return isInstalled(program) ? undefined : `there is no ${program} here`;
}

/** What a program wrote and returned. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env" | "signal"> = {},
): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    ...options,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Whether a path exists. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
