import settings from "../../deno.json" with { type: "json" };
import { type Ran, run } from "./tools.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** The arguments with which Deno runs a command of the program, as the task `gw` does. */
export const PROGRAM: readonly string[] = settings.tasks.gw.split(" ").slice(1)
  .map((word) => word.startsWith("src/") ? ROOT + word : word);

/** Runs a command of the program to its end, with the permissions of the task `gw`. */
export async function runProgram(
  args: readonly string[],
  { env, ...options }: Parameters<typeof run>[2] = {},
): Promise<Ran> {
  return await run(Deno.execPath(), [...PROGRAM, ...args], {
    env: { NO_COLOR: "1", ...env },
    ...options,
  });
}
