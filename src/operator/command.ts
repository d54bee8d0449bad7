import {
  AliasNotFoundError,
  type ApplicationText,
  ArgumentParseError,
  buildApplication,
  buildRouteMap,
  type Command as StricliCommand,
  type CommandContext,
  ExitCode as Said,
  FlagNotFoundError,
  help,
  proposeCompletions,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
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
  typed: readonly string[],
  around: Around,
): Promise<ExitCode> {
  const seat = createSeat(around);
  const args = typed[0] === "help" ? [...typed.slice(1), "--help"] : typed;
  if (args.length === 0) complain("error: no command given");
  else await run(build(commands, args), args, seat);
  const code = args.length === 0 ? Said.UnknownCommand : Number(seat.process.exitCode);
  if (code === Said.UnknownCommand || code === Said.InvalidArgument) {
    const [word = ""] = args;
    complainOfUsage(Object.hasOwn(commands, word) ? word : "");
    return ExitCode.usage;
  }
  return Object.values(ExitCode).find((known) => known === code) ?? ExitCode.failure;
}

/** Says where to read how a command is used. */
export function complainOfUsage(command: string): void {
  complain(`Try ${`${NAME} ${command}`.trimEnd()} --help`);
}

/** What may replace the last of `words`. */
export async function propose(
  commands: Commands,
  words: readonly string[],
  around: Around,
): Promise<readonly string[]> {
  const env = { ...around.env, ...configIn(words) };
  const seat = createSeat({ ...around, env });
  const proposed = await proposeCompletions(build(commands, words), words, seat);
  return proposed.map(({ completion }) => completion);
}

/** The config that a command line names, as the environment does. */
function configIn(words: readonly string[]): Readonly<Record<string, string>> {
  const at = words.findLastIndex((word) => /^(-c|--config|--config=.*)$/.test(word));
  const inWord = words[at]?.startsWith("--config=") ? words[at].slice("--config=".length) : "";
  const path = inWord || words[at + 1];
  return at === -1 || path === undefined ? {} : { SENECHAL_CONFIG: path };
}

function build(commands: Commands, args: readonly string[]) {
  return buildApplication(
    buildRouteMap({ routes: commands, docs: { brief: BRIEF } }),
    {
      name: NAME,
      scanner: { caseStyle: "allow-kebab-for-camel" },
      documentation: { disableAnsiColor: true },
      localization: { text: textFor(commands, args) },
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

function textFor(commands: Commands, args: readonly string[]): ApplicationText {
  const [word = ""] = args;
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input, corrections }) =>
      `error: unknown command '${input}'${didYouMean(corrections)}`,
    exceptionWhileParsingArguments: (error) =>
      `error: ${describeUsage(error, command?.parameters.flags ?? {}, args)}`,
    exceptionWhileLoadingCommandFunction: describeInternal,
    exceptionWhileRunningCommand: describeInternal,
  };
}

function describeInternal(error: unknown): string {
  return `Internal error: ${messageOf(error)}`;
}

/** The classes are compared, not their names: the bundle has other names. */
function describeUsage(
  error: unknown,
  flags: Readonly<Record<string, { readonly brief: string }>>,
  args: readonly string[],
): string {
  if (error instanceof FlagNotFoundError) {
    const corrections = error.corrections.map((name) => `--${name}`);
    return `unknown option '--${error.input}'${didYouMean(corrections)}`;
  }
  if (error instanceof AliasNotFoundError) return `unknown option '-${error.input}'`;
  if (error instanceof UnsatisfiedFlagError) {
    const flag = `--${error.externalFlagName}`;
    if (args.includes(flag)) return `option '${flag}' needs a value`;
    return `option '${flag}' is missing: ${flags[error.externalFlagName]?.brief ?? ""}`;
  }
  if (error instanceof UnexpectedFlagError) {
    return `option '--${error.externalFlagName}' is given twice`;
  }
  if (error instanceof UnexpectedPositionalError) {
    const { input } = error;
    return input.startsWith("--") ? `'${input}' needs a value` : `unexpected argument '${input}'`;
  }
  if (error instanceof UnsatisfiedPositionalError) return `<${error.placeholder}> is missing`;
  if (error instanceof ArgumentParseError) {
    const { externalFlagNameOrPlaceholder: name, input, exception } = error;
    const shown = Object.hasOwn(flags, name) ? `--${name}` : name;
    return `invalid ${shown} '${input}': ${messageOf(exception)}`;
  }
  return messageOf(error);
}

function didYouMean(corrections: readonly string[]): string {
  const quoted = corrections.map((word) => `'${word.replaceAll("`", "")}'`);
  return quoted.length === 0 ? "" : `, did you mean ${quoted.join(" or ")}?`;
}
