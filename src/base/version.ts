/** This program's version; `deno.json` has the same. */
export const VERSION = "0.1.0";

/** The oldest Deno known to run this program, as major and minor number. */
export const OLDEST_DENO = [2, 9] as const;

/** Why a Deno of this version cannot run the program, and how to fix that; `undefined` if it can. */
export function describeOldDeno(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  if (major > oldestMajor || major === oldestMajor && minor >= oldestMinor) return undefined;
  const oldest = OLDEST_DENO.join(".");
  return `Cannot start: this is Deno ${version}, but senechal-gw needs Deno ${oldest} or newer; ` +
    "install it from https://deno.com or with npm install deno";
}

/** Whether this program was tried with a Deno of this version, or an earlier one of the same major number. */
export function isTriedDeno(version: string): boolean {
  return describeOldDeno(version) === undefined && version.startsWith(`${OLDEST_DENO[0]}.`);
}
