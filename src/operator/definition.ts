import type { ExitCode } from "../base/exit_code.ts";
import type { Seat } from "./command.ts";
import * as values from "./values.ts";

/** The permissions that a command may need. */
const PERMISSIONS = ["read", "write", "run", "env", "net", "sys", "ffi"] as const;
export type Permission = typeof PERMISSIONS[number];

/** Runs a command. */
export type Run<Flags, Args extends readonly unknown[]> = (
  seat: Seat,
  flags: Flags,
  ...args: Args
) => Promise<ExitCode>;

/** Loads the code of a command, and drops the permissions it does not need before it runs. */
export function lazily<Flags, Args extends readonly unknown[]>(
  needed: readonly Permission[],
  load: () => Promise<Run<Flags, Args>>,
) {
  return async () => {
    const carryOut = await load();
    return async function (this: Seat, flags: Flags, ...args: Args): Promise<void> {
      for (const name of PERMISSIONS) {
        if (!needed.includes(name)) Deno.permissions.revokeSync({ name });
      }
      this.process.exitCode = await carryOut(this, flags, ...args);
    };
  };
}

/** The flag of a command that needs the config. */
export interface ConfigFlag {
  readonly config?: string;
}

/** The parameter of {@link ConfigFlag}. */
export const CONFIG = {
  kind: "parsed",
  parse: values.parsePath,
  optional: true,
  placeholder: "path",
  brief: "The config file [$SENECHAL_CONFIG, else ./config.yaml]",
} as const;

/** The path of the config file. */
export function configPath({ config }: ConfigFlag, { env }: Seat): string {
  return config ?? (env.SENECHAL_CONFIG || "./config.yaml");
}

/** The parameter of {@link LookFlags}. */
export const JSON_FLAG = {
  kind: "boolean",
  optional: true,
  withNegated: false,
  brief: "Write one JSON object, for programs",
} as const;

/** The parameter of a command that may be asked about one entry. */
export const ENTRY = {
  parse: String,
  optional: true,
  placeholder: "entry",
  brief: "Only this entry of the config, and more of it",
} as const;

/** The flags of a command that only looks. */
export interface LookFlags extends ConfigFlag {
  readonly json?: boolean;
}

/** The help of a command: what it does, and examples. */
export function describe(brief: string, examples: readonly string[]) {
  const lines = examples.map((example) => `  senechal-gw ${example}`);
  return { brief, fullDescription: `${brief}.\n\nEXAMPLES\n${lines.join("\n")}` };
}
