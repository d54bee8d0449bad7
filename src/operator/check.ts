import { Command, CommanderError, InvalidArgumentError } from "commander";
import { resolve } from "node:path";
import { parseDuration } from "../base/duration.ts";
import { messageOf } from "../base/error_message.ts";
import { ExitCode } from "../base/exit_code.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import { defaultEntry } from "../config/config.ts";
import { checkPlugin } from "../conformance/checks.ts";
import { renderJson, renderText } from "../conformance/report.ts";

/** What `config.yaml` gives a plugin of which it says nothing else. */
const DEFAULT_TIMEOUT_MS = defaultEntry("any").timeoutsMs.poll;

interface Options {
  readonly config: JsonObject;
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
    .option("--timeout <duration>", "how long one run may take", parseTimeout, DEFAULT_TIMEOUT_MS)
    .option("--json", "write one JSON object for programs", false)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .exitOverride()
    .action(async (folder: string, options: Options) => {
      code = await check(folder, options, env);
    });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
}

async function check(
  folder: string,
  { config, timeout, json }: Options,
  env: Readonly<Record<string, string>>,
): Promise<ExitCode> {
  using interrupt = listenForInterrupt();
  const results = await checkPlugin({
    folder,
    config,
    env,
    timeoutMs: timeout,
    interrupt: interrupt.signal,
  });
  if (interrupt.signal.aborted) {
    console.error("Interrupted");
    return ExitCode.failure;
  }
  console.log(json ? renderJson(folder, results) : renderText(results));
  const failed = results.some(({ outcome }) => outcome === "fail");
  return failed ? ExitCode.failure : ExitCode.ok;
}

/** The plugin has a process group of its own, so ctrl-C has to be handed on. */
function listenForInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const listener = () => controller.abort();
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
  try {
    if (Deno.statSync(text).isDirectory) return resolve(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new InvalidArgumentError("It is not a folder.");
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

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("Write it as 500ms, 90s or 5m.");
  return ms;
}

if (import.meta.main) {
  Deno.exitCode = await main(Deno.args, Deno.env.toObject());
}
