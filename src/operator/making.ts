import { buildCommand } from "@stricli/core";
import type { Command, Seat } from "./command.ts";
import { CONFIG, type ConfigFlag, configPath, describe, lazily } from "./definition.ts";
import { type Language, LANGUAGES } from "./languages.ts";
import * as values from "./values.ts";

/** The command that makes a folder a gateway's. */
export const init: Command = buildCommand<Record<never, never>, [string?], Seat>({
  loader: lazily(["read", "write"], async () => {
    const { initFolder } = await import("./init.ts");
    return (seat: Seat, _flags: Record<never, never>, folder = ".") =>
      Promise.resolve(initFolder(seat, folder));
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "folder",
        parse: values.parsePath,
        optional: true,
        brief: "Where; it need not exist [.]",
      }],
    },
  },
  docs: describe(
    "Write a first config.yaml, with a plugin that runs a command; overwrite nothing",
    [
      "init",
      "init ~/senechal",
    ],
  ),
});

interface NewFlags extends ConfigFlag {
  readonly lang: Language;
  readonly noConfig?: boolean;
}

/** The command that writes a plugin. */
export const newPlugin: Command = buildCommand<NewFlags, [string], Seat>({
  loader: lazily(["read", "write", "env"], async () => {
    const { createPlugin } = await import("./new_plugin.ts");
    return (seat: Seat, flags: NewFlags, name: string) => {
      const config = configPath(flags, seat);
      const isAdded = flags.noConfig !== true;
      return Promise.resolve(createPlugin(seat, { name, language: flags.lang, config, isAdded }));
    };
  }),
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "name",
        parse: values.parsePluginName,
        brief: "Its name: that of its folder and of its entry",
      }],
    },
    flags: {
      config: CONFIG,
      lang: {
        kind: "parsed",
        parse: values.parseOneOf(LANGUAGES),
        proposeCompletions: (partial) => LANGUAGES.filter((word) => word.startsWith(partial)),
        placeholder: "language",
        brief: LANGUAGES.join(", "),
      },
      noConfig: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Only show the entry, leave the config as it is",
      },
    },
    aliases: { c: "config" },
  },
  docs: describe("Write a plugin that passes check-plugin, and add its entry to the config", [
    "new weather --lang python",
    "new weather --lang bash --no-config",
  ]),
});
