import { mutate, type MutatedFile } from "./mutant.ts";

export const PLUGIN: readonly MutatedFile[] = [
  mutate(
    "plugin/ending.ts",
    ["tests/plugin/ending_test.ts"],
    [
      'if (cause === "timeout") return fail(',
      'if (cause === "never") return fail(',
      "a plugin that answers on SIGTERM succeeds",
    ],
    [
      'if (cause === "interrupted") return fail(',
      'if (cause === "never") return fail(',
      "a run that a stop interrupts fails for good",
    ],
    [
      "isFinal: run.exitCode === EX_CONFIG",
      "isFinal: false",
      "a plugin that is not set up is retried",
    ],
    [
      "isFinal: run.isFinal };",
      "isFinal: false };",
      "a plugin that is not installed is retried",
    ],
    [
      'return fail("protocol", parsed.error);',
      'return fail("error", parsed.error);',
      "an answer that is no answer looks like an error of the plugin",
    ],
    ["if (stdout.dropped > 0) {", "if (false) {", "a truncated answer is accepted"],
    [
      "if (badExit !== undefined) {",
      "if (false) {",
      "a run with an exit code other than 0 succeeds",
    ],
    [
      'fail("exit", badExit, answer)',
      'fail("exit", badExit)',
      "the lines that a failing plugin logs are lost",
    ],
    [
      'if (parsed.response.status === "error") {',
      "if (false) {",
      "a run with status error succeeds",
    ],
    [
      'return fail("error", error || "the plugin gave no error text", answer);',
      'return fail("error", error || "the plugin gave no error text");',
      "the answer of a plugin that reports an error is dropped, with its log lines",
    ],
    [
      "if (signal === undefined && exitCode === 0)",
      "if (exitCode === 0)",
      "a plugin ended by a signal succeeds",
      "Deno gives no exit code 0 with a signal",
    ],
    [
      "const why = error || lastWords(",
      "const why = lastWords(",
      "stderr hides the plugin's own error",
    ],
    [
      "return isCut ?",
      "return false ?",
      "an error of megabytes goes into the log and both tables",
    ],
  ),
  mutate(
    "plugin/protocol.ts",
    ["tests/plugin/protocol_test.ts"],
    [
      'new TextDecoder("utf-8", { fatal: true })',
      "new TextDecoder()",
      "an answer in another encoding is stored with wrong letters",
    ],
    [
      "if (!isJsonObject(value)) return",
      "if (false) return",
      "an answer that is a list is accepted",
    ],
    [
      "checked.problems.slice(0, MAX_PROBLEMS)",
      "checked.problems",
      "an error names thousands of fields",
    ],
    [
      "Array.isArray(value) ? value.slice(0, count) : value",
      "value",
      "millions of log lines freeze the gateway",
    ],
    ["deadline_at: isoTime(request.deadlineAt),", "", "a plugin does not get its deadline"],
    ["state: request.state,", "state: {},", "a plugin gets no state"],
    ['    }) + "\\n",', "    }),", "a plugin that reads a line waits forever"],
  ),
  mutate(
    "plugin/environment.ts",
    ["tests/plugin/environment_test.ts"],
    [
      'PASSED.has(name) || name.startsWith("LC_") || plugin.env.includes(name)',
      "true",
      "every secret of the gateway reaches every plugin",
    ],
    ['name.startsWith("LC_") || ', "", "a plugin does not get the locale"],
    ["|| plugin.env.includes(name)", "", "env of an entry is ignored"],
    ["[JOB_ID]: jobId,", "", "leftovers of a plugin are not found"],
    ["!folder.endsWith(DENO_FOLDER)", "true", "plugins find a node other than the machine's"],
    ["|| DEFAULT_PATH", "", "without PATH no plugin finds bash"],
  ),
  mutate(
    "plugin/discovery.ts",
    ["tests/plugin/discovery_test.ts"],
    [
      "if (isWritableByAll(dir) && !isSticky(dir)) {",
      "if (false) {",
      "code from a folder that everyone may write to runs as the gateway's user",
    ],
    [
      "isWritableByAll(dir) && !isSticky(dir)",
      "isWritableByAll(dir)",
      "plugins in a sticky folder are refused",
    ],
    [
      "if (folderName === manifestName) return undefined;",
      "return undefined;",
      "a plugin runs with another's name and state",
    ],
    [
      "return isWritableByAll(stat(folder))",
      "return false",
      "a plugin from a folder that everyone may write to runs",
    ],
    ["if (isOutside(pluginsDir, path)) {", "if (false) {", "a link leads out of plugins_dir"],
    [
      "if (isAbsolute(entrypoint)) {",
      "if (false) {",
      "an absolute entrypoint runs",
    ],
    [
      "if (((info.mode ?? 0) & 0o111) === 0) {",
      "if (false) {",
      "an entrypoint that is not executable fails at each run, not at the start",
    ],
    [
      "return refused(refusals, unlisted)",
      "return refused(refusals)",
      "a mistyped required key is not named",
    ],
  ),
  mutate(
    "plugin/config_keys.ts",
    ["tests/plugin/config_keys_test.ts", "tests/plugin/discovery_test.ts"],
    [
      "if (missing.length === 0) return undefined;",
      "return undefined;",
      "missing config keys are not reported",
    ],
    [
      "!Object.hasOwn(config, key)",
      "!(key in config)",
      "a missing key named toString is not noticed",
    ],
    [
      "if (required === undefined && optional === undefined) return [];",
      "",
      "a plugin without lists gets warnings of all its keys",
    ],
    [
      "required === undefined && optional",
      "optional",
      "required keys alone notice no mistyped one",
    ],
    ["[...required ?? [], ...", "[...", "a required key gives a warning"],
    [".slice(0, MAX_LISTED)\n    .map(", ".map(", "100,000 wrong keys flood the log"],
    [
      "if (more <= 0) return problems;",
      "return problems;",
      "wrong keys beyond the twentieth are hidden",
    ],
    ["escapeUnseen(`the", "(`the", "a manifest moves the cursor of the owner's terminal"],
  ),
  mutate(
    "plugin/last_words.ts",
    ["tests/plugin/last_words_test.ts"],
    [".slice(-COMPARED_LINES)", "", "a megabyte of stderr holds up other jobs"],
    [
      "for (let n = lines.length - 1; n >= 0; n--) {",
      "for (let n = 0; n < 1; n++) {",
      "the first line of a trace is the error",
    ],
  ),
];
