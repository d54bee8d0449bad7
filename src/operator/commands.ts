import { buildCommand } from "@stricli/core";
import type { ExitCode } from "../base/exit_code.ts";
import type { JsonObject } from "../base/json.ts";
import type { Command, Seat } from "./command.ts";
import { type Shell, SHELLS } from "./shell.ts";
import * as values from "./values.ts";

/** The permissions that a command may need. */
const PERMISSIONS = ["read", "write", "run", "env", "net", "sys", "ffi"] as const;
type Permission = typeof PERMISSIONS[number];

/** Runs a command. */
type Run<Flags, Args extends readonly unknown[]> = (
  seat: Seat,
  flags: Flags,
  ...args: Args
) => Promise<ExitCode>;

/** Loads the code of a command, and drops the permissions it does not need before it runs. */
function lazily<Flags, Args extends readonly unknown[]>(
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

interface ConfigFlag {
  readonly config?: string;
}

const CONFIG = {
  kind: "parsed",
  parse: values.parsePath,
  optional: true,
  placeholder: "path",
  brief: "The config file [$SENECHAL_CONFIG, else ./config.yaml]",
} as const;

function configPath({ config }: ConfigFlag, { env }: Seat): string {
  return config ?? (env.SENECHAL_CONFIG || "./config.yaml");
}

const JSON_FLAG = {
  kind: "boolean",
  optional: true,
  withNegated: false,
  brief: "Write one JSON object, for programs",
} as const;

/** The command that runs the gateway, whose code `load` loads. */
export function start(
  load: () => Promise<(config: string, env: Seat["env"]) => Promise<ExitCode>>,
): Command {
  return buildCommand<ConfigFlag, [], Seat>({
    loader: lazily(["read", "write", "run", "env"], async () => {
      const startGateway = await load();
      return (seat: Seat, flags: ConfigFlag) => startGateway(configPath(flags, seat), seat.env);
    }),
    parameters: { flags: { config: CONFIG }, aliases: { c: "config" } },
    docs: describe("Run the gateway in the foreground, until ctrl-C", [
      "start --config /etc/senechal/config.yaml",
    ]),
  });
}

interface CheckFlags extends ConfigFlag {
  readonly json?: boolean;
}

/** The command that says what `start` would make of a config. */
export const check: Command = buildCommand<CheckFlags, [], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { checkConfig } = await import("./check.ts");
    return (seat: Seat, flags: CheckFlags) =>
      Promise.resolve(checkConfig(configPath(flags, seat), flags.json === true, seat.env));
  }),
  parameters: { flags: { config: CONFIG, json: JSON_FLAG }, aliases: { c: "config" } },
  docs: describe("Check the config and its plugins as start would see them", [
    "check",
    "check --json | jq .problems",
  ]),
});

interface CheckPluginFlags {
  readonly config?: JsonObject;
  readonly env?: readonly string[];
  readonly timeout?: number;
  readonly json?: boolean;
}

/** The command that checks a plugin's folder. */
export const checkPlugin: Command = buildCommand<CheckPluginFlags, [string], Seat>({
  loader: lazily(["read", "write", "run", "env"], async () => {
    const { checkPluginFolder } = await import("./check_plugin.ts");
    return checkPluginFolder;
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "folder",
        parse: values.parseFolder,
        brief: "The plugin's folder, with its manifest.yaml",
      }],
    },
    flags: {
      config: {
        kind: "parsed",
        parse: values.parseConfig,
        optional: true,
        placeholder: "json",
        brief: "The plugin's config: a JSON object, or a file that holds one [{}]",
      },
      env: {
        kind: "parsed",
        parse: values.parseVariable,
        variadic: ",",
        optional: true,
        placeholder: "names",
        brief: "Environment variables to pass on, as the entry's `env` does: A,B",
      },
      timeout: {
        kind: "parsed",
        parse: values.parseTimeout,
        optional: true,
        placeholder: "duration",
        brief: "How long one run may take [60s]",
      },
      json: JSON_FLAG,
    },
  },
  docs: describe("Check a plugin's folder against protocol 1 by running the plugin", [
    "check-plugin plugins/echo",
    `check-plugin plugins/weather --config '{"city": "Bern"}' --env API_TOKEN`,
  ]),
});

/** The command that prints what a shell needs to complete this program's command lines. */
export const completions: Command = buildCommand<Record<never, never>, [Shell], Seat>({
  loader: lazily([], async () => {
    const { printCompletions } = await import("./completions.ts");
    return (_seat: Seat, _flags: Record<never, never>, shell: Shell) =>
      Promise.resolve(printCompletions(shell));
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "shell",
        parse: values.parseOneOf(SHELLS),
        proposeCompletions: (partial) => SHELLS.filter((shell) => shell.startsWith(partial)),
        brief: SHELLS.join(", "),
      }],
    },
  },
  docs: describe("Print the completion script for a shell", [
    "completions bash > ~/.local/share/bash-completion/completions/senechal-gw",
    "completions fish > ~/.config/fish/completions/senechal-gw.fish",
  ]),
});

/** The help of a command: what it does, and examples. */
function describe(brief: string, examples: readonly string[]) {
  const lines = examples.map((example) => `  senechal-gw ${example}`);
  return { brief, fullDescription: `${brief}.\n\nEXAMPLES\n${lines.join("\n")}` };
}
