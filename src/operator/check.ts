import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { complain } from "../base/complain.ts";
import { parseDuration } from "../base/duration.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { defaultEntry } from "../config/config.ts";
import { checkPlugin } from "../conformance/checks.ts";
import { renderJson, renderText } from "../conformance/report.ts";
import { searchPath } from "../plugin/environment.ts";

/** What `config.yaml` gives a plugin of which it says nothing else. */
const DEFAULT_TIMEOUT_MS = defaultEntry("any").timeoutsMs.poll;

interface Options {
  readonly config: JsonObject;
  readonly env: readonly string[];
  readonly timeout: number;
  readonly json: boolean;
}

/** Checks the plugin folder that `argv` names and returns the program's exit code. */
export async function main(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = new Command("check-plugin")
    .description("Checks a plugin folder against protocol v1 by running the plugin.")
    .argument("<folder>", "the plugin's folder, with its manifest.yaml", parseFolder)
    .option(
      "--config <json>",
      "the plugin's config: a JSON object, or a file of one",
      parseConfig,
      {},
    )
    .addOption(
      new Option("--env <names>", "variables to pass through, as the entry's `env` does: A,B")
        .default([], "none")
        .argParser((text, before: readonly string[]) => [...before, ...parseNames(text, env)]),
    )
    .addOption(
      new Option("--timeout <duration>", "how long one run may take")
        .default(DEFAULT_TIMEOUT_MS, `${DEFAULT_TIMEOUT_MS / 1_000}s`)
        .argParser(parseTimeout),
    )
    .option("--json", "write one JSON object for programs", false)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .action(async (folder: string, options: Options) => {
      code = await check(folder, options, env);
    });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    }
    complain(`Internal error: ${messageOf(error)}`);
    return ExitCode.failure;
  }
}

async function check(
  folder: string,
  { config, env: names, timeout, json }: Options,
  env: Readonly<Record<string, string>>,
): Promise<ExitCode> {
  using interrupt = listenForInterrupt();
  const results = await checkPlugin({
    folder,
    config,
    env,
    names,
    timeoutMs: timeout,
    interrupt: interrupt.signal,
  });
  if (interrupt.signal.aborted) return ExitCode.failure;
  console.log(json ? renderJson(folder, results) : renderText(results));
  const failed = results.some(({ outcome }) => outcome === "fail");
  return failed ? ExitCode.failure : ExitCode.ok;
}

/** The plugin has a process group of its own, so ctrl-C has to be handed on. */
function listenForInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const listener = () => {
    if (!controller.signal.aborted) complain("Interrupted, ending the plugin: 5 s at most");
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", listener);
  Deno.addSignalListener("SIGTERM", listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGINT", listener);
      Deno.removeSignalListener("SIGTERM", listener);
    },
  };
}

function parseFolder(text: string): string {
  if (isFolder(text)) return resolve(text);
  throw new InvalidArgumentError("It is not a folder.");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new InvalidArgumentError(messageOf(error));
  }
}

function parseConfig(text: string): JsonObject {
  const parsed = parseJson(text.trimStart().startsWith("{") ? text : readText(text));
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw new InvalidArgumentError(`It ${parsed.ok ? "is not a JSON object" : parsed.error}.`);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function parseNames(text: string, env: Readonly<Record<string, string>>): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const unset = names.find((name) => !Object.hasOwn(env, name));
  if (unset === undefined) return names;
  throw new InvalidArgumentError(`${unset || "A name"} is not set in the environment.`);
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("Write it as 500ms, 90s or 5m.");
  return ms;
}

if (import.meta.main) {
  Deno.env.set("PATH", searchPath(Deno.env.get("PATH"))); // for what lists processes
  Deno.exitCode = await main(Deno.args, Deno.env.toObject());
}
