import { buildCommand } from "@stricli/core";
import { messageOf } from "../base/error_message.ts";
import type { ExitCode } from "../base/exit_code.ts";
import type { JsonObject } from "../base/json.ts";
import type { Command, Seat } from "./command.ts";
import {
  CONFIG,
  type ConfigFlag,
  configPath,
  describe,
  JSON_FLAG,
  lazily,
  type LookFlags,
} from "./definition.ts";
import { type Shell, SHELLS } from "./shell.ts";
import * as values from "./values.ts";

export { audit, pause, resume } from "./acting.ts";
export { backup, verify } from "./keeping.ts";
export { doctor, next, status, why } from "./looking.ts";
export { job, jobs, log } from "./looking_back.ts";
export { init, newPlugin } from "./making.ts";

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

/** The command that says what `start` would make of a config. */
export const check: Command = buildCommand<LookFlags, [], Seat>({
  loader: lazily(["read", "env"], async () => {
    const { checkConfig } = await import("./check.ts");
    return (seat: Seat, flags: LookFlags) =>
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

async function parsePlugin(this: Seat, text: string): Promise<string> {
  const { findPluginFolder } = await import("./plugin_folder.ts");
  try {
    return findPluginFolder(text, configPath({}, this), this.env);
  } catch (error) {
    throw new Error(`invalid plugin '${text}': ${messageOf(error)}`); // as the other parsers' errors
  }
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
        placeholder: "plugin",
        parse: parsePlugin,
        async proposeCompletions(begin) {
          const { proposePlugins } = await import("./plugin_folder.ts");
          return proposePlugins(begin, configPath({}, this), this.env);
        },
        brief: "The plugin's folder, or its name in the config's plugins_dir",
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
  docs: describe("Check a plugin against protocol 1 by running it", [
    "check-plugin echo",
    `check-plugin ./drafts/weather --config '{"city": "Bern"}' --env API_TOKEN`,
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
