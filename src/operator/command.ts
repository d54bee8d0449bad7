import {
  type ApplicationText,
  ArgumentScannerError,
  buildApplication,
  buildRouteMap,
  type Command as StricliCommand,
  type CommandContext,
  ExitCode as Said,
  formatMessageForArgumentScannerError,
  help,
  proposeCompletions,
  run,
  text_en,
  version,
} from "@stricli/core";
import { complain } from "../base/complain.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { VERSION } from "../base/version.ts";
import { print } from "./print.ts";
import type { Screen } from "./screen.ts";

/** What a command takes from the process it runs in. */
export interface Around {
  readonly env: Readonly<Record<string, string>>;
  readonly screen: Screen;
}

/** What a command is given besides its arguments. */
export interface Seat extends CommandContext, Around {
  /** Where it leaves its exit code. */
  readonly process: CommandContext["process"] & { exitCode?: number | string | null };
}

/** A command: its arguments, its help, and how its code is loaded. */
export type Command = StricliCommand<Seat>;

/** The commands, by name. */
export type Commands = Readonly<Record<string, Command>>;

const NAME = "senechal-gw";
const BRIEF = "Runs one person's integrations unattended.";

/** Runs the command that `args` name. Says on stderr what is wrong with them. */
export async function runCommand(
  commands: Commands,
  args: readonly string[],
  around: Around,
): Promise<ExitCode> {
  const seat = createSeat(around);
  if (args.length === 0) complain("error: no command given");
  else await run(build(commands), args, seat);
  const code = args.length === 0 ? Said.UnknownCommand : Number(seat.process.exitCode);
  if (code === Said.UnknownCommand || code === Said.InvalidArgument) {
    const [word = ""] = args;
    complain(`Try ${Object.hasOwn(commands, word) ? `${NAME} ${word}` : NAME} --help`);
    return ExitCode.usage;
  }
  return Object.values(ExitCode).find((known) => known === code) ?? ExitCode.failure;
}

/** What may replace the last of `words`. */
export async function propose(
  commands: Commands,
  words: readonly string[],
  around: Around,
): Promise<readonly string[]> {
  const env = { ...around.env, ...configIn(words) };
  const seat = createSeat({ ...around, env });
  const proposed = await proposeCompletions(build(commands), words, seat);
  return proposed.map(({ completion }) => completion);
}

/** The config that a command line names, as the environment does. */
function configIn(words: readonly string[]): Readonly<Record<string, string>> {
  const at = words.findLastIndex((word) => /^(-c|--config|--config=.*)$/.test(word));
  const inWord = words[at]?.startsWith("--config=") ? words[at].slice("--config=".length) : "";
  const path = inWord || words[at + 1];
  return at === -1 || path === undefined ? {} : { SENECHAL_CONFIG: path };
}

function build(commands: Commands) {
  return buildApplication(
    buildRouteMap({ routes: commands, docs: { brief: BRIEF } }),
    {
      name: NAME,
      scanner: { caseStyle: "allow-kebab-for-camel" },
      documentation: { disableAnsiColor: true },
      localization: { text: TEXT },
    },
    {
      help: help({ brief: "Show this help", defaultForRouteMap: true, formatting: FORMATTING }),
      version: version({
        alias: "V",
        brief: "Show the version",
        info: { currentVersion: VERSION },
      }),
    },
  );
}

function createSeat(around: Around): Seat {
  const process: Seat["process"] = {
    exitCode: undefined,
    stdout: {
      write(text) {
        if (print(text.trimEnd()) !== ExitCode.ok) process.exitCode = ExitCode.failure;
      },
    },
    stderr: { write: (text) => complain(text.trimEnd()) },
  };
  return { ...around, process };
}

const FORMATTING = {
  caseStyle: "convert-camel-to-kebab",
  useAliasInUsageLine: false,
  onlyRequiredInUsageLine: false,
} as const;

const TEXT: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) =>
    `error: unknown command '${input}'${didYouMean(corrections)}`,
  exceptionWhileParsingArguments: (error) => `error: ${describeUsage(error)}`,
  exceptionWhileLoadingCommandFunction: describeInternal,
  exceptionWhileRunningCommand: describeInternal,
};

function describeInternal(error: unknown): string {
  return `Internal error: ${messageOf(error)}`;
}

function describeUsage(error: unknown): string {
  if (!(error instanceof ArgumentScannerError)) return messageOf(error);
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) =>
      `unknown option '--${input}'${didYouMean(corrections.map((name) => `--${name}`))}`,
    AliasNotFoundError: ({ input }) => `unknown option '-${input}'`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `option '--${externalFlagName}' needs a value`,
    UnexpectedFlagError: ({ externalFlagName }) => `option '--${externalFlagName}' is given twice`,
    UnexpectedPositionalError: ({ input }) =>
      input.startsWith("--") ? `'${input}' needs a value` : `unexpected argument '${input}'`,
    UnsatisfiedPositionalError: ({ placeholder }) => `<${placeholder}> is missing`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) =>
      `invalid ${name} '${input}': ${messageOf(exception)}`,
  });
}

function didYouMean(corrections: readonly string[]): string {
  const quoted = corrections.map((word) => `'${word.replaceAll("`", "")}'`);
  return quoted.length === 0 ? "" : `, did you mean ${quoted.join(" or ")}?`;
}
