import { mutate, type MutatedFile } from "./mutant.ts";

const LEAKS = "tests/faults/leaks_test.ts";

/** What keeps secrets out of the log and the database. */
export const SECRETS: readonly MutatedFile[] = [
  mutate(
    "base/redact.ts",
    ["tests/base/redact_test.ts"],
    [
      "child.secretLength ||= child.shorter.secretLength;",
      "",
      "a secret within the beginning of another one is shown",
    ],
    [
      "from = Math.min(from, last[0]);",
      "",
      "of two secrets that overlap, the beginning of the first is shown",
    ],
    [
      "if (isCut && prefix.length >= MIN_SECRET_CHARS)",
      "if (false)",
      "a text that is cut shows the beginning of a secret",
    ],
    [
      "if (isCut && prefix.length >= MIN_SECRET_CHARS)",
      "if (prefix.length >= MIN_SECRET_CHARS)",
      "what only begins like a secret is masked",
    ],
    [
      "for (let at: Prefix | undefined = prefix; at !== undefined; at = at.shorter)",
      "for (const at of [prefix])",
      "a secret after a part of itself is shown",
    ],
    [
      "start.mayBegin[unit & 0xff] = 1;",
      "start.mayBegin[unit & 0x7f] = 1;",
      "a secret that begins with an accent is shown",
    ],
  ),
  mutate(
    "core/secret.ts",
    ["tests/core/secret_test.ts"],
    ["return [line, json, ascii];", "return [line, json];", "what Python prints is shown"],
    ["return [line, json, ascii];", "return [line, ascii];", "a secret in JSON is shown"],
    ["value.split(/[\\r\\n]/)", "[value]", "the lines of a key are shown"],
    [
      "const bare = line.trim();",
      "const bare = line;",
      "a secret without its indentation is shown",
    ],
    ["return !ORDINARY.has(name);", "return true;", "a path in the home folder cannot be read"],
  ),
  mutate(
    "config/interpolate.ts",
    ["tests/config/secret_file_test.ts"],
    ["secrets.push(read.text);", "", "a secret from a file is shown"],
    [
      "if (isPluginConfig(path) && isSecretVariable(name)) secrets.push(text);",
      "",
      "a secret from the environment is shown",
    ],
    [
      'return top === "plugins" && key === "config";',
      "return true;",
      "a plain setting from the environment is masked everywhere",
    ],
    [
      "if (read.isPublic) warnings.push(",
      "if (false) warnings.push(",
      "nobody learns that everyone can read a secret",
    ],
  ),
  mutate(
    "config/secret_file.ts",
    ["tests/config/secret_file_test.ts"],
    ['.replace(/\\r?\\n$/, "")', "", "a token from a file ends with a newline, and is refused"],
    ["known.get(whole) ?? ", "", "a file is read again for each place that names it"],
  ),
  mutate(
    "config/reference.ts",
    ["tests/config/secret_file_test.ts"],
    ["/^file:(?!-)([\\s\\S]*)$/", "/^file:([\\s\\S]*)$/", "a variable named file has no default"],
  ),
  mutate(
    "document/text_file.ts",
    ["tests/config/secret_file_test.ts"],
    ['if (!info.isFile) return refuse("it is not a regular file");', "", "a FIFO hangs the start"],
    ["& 0o004", "& 0o040", "a file that everyone can read is not noticed"],
  ),
  mutate(
    "log/masked_fields.ts",
    ["tests/log/log_test.ts"],
    ['if (typeof value === "string") return redact(value);', "", "the log shows secrets"],
    [
      "if (Array.isArray(value)) return value.map((item) => maskValue(item, redact));",
      "",
      "a list in the log is a map",
    ],
    ["[redact(name), maskValue", "[name, maskValue", "a name in the log shows a secret"],
  ),
  mutate(
    "plugin/ending.ts",
    ["tests/plugin/ending_test.ts"],
    ["message: redact(line.message, true)", "message: line.message", "logs show secrets"],
    ["const masked = redact(beginning, true);", "const masked = beginning;", "errors show secrets"],
  ),
  mutate(
    "plugin/protocol.ts",
    ["tests/plugin/ending_test.ts"],
    [
      "redact(text.slice(0, 2 * PREVIEW_CHARS), true)",
      "text.slice(0, 2 * PREVIEW_CHARS)",
      "the beginning of a bad answer shows a secret",
    ],
    [
      "redact(text.slice(0, 2 * PREVIEW_CHARS), true)",
      "redact(text.slice(0, PREVIEW_CHARS))",
      "the end of what is shown of a bad answer shows a part of a secret",
    ],
  ),
  mutate(
    "plugin/own_secrets.ts",
    ["tests/plugin/own_secrets_test.ts"],
    ["[state, updates].flatMap", "[updates].flatMap", "a plugin shows the token of its state"],
    ["[state, updates].flatMap", "[state].flatMap", "a plugin shows the token of its answer"],
    [
      "if (chars > MAX_OWN_CHARS) return maskWhole;",
      "",
      "megabytes in a secret key of the state hold up every plugin",
    ],
    ["...config.secrets, ", "", "a plugin with secret state shows the secrets of its config"],
  ),
  mutate(
    "dispatcher/attempt.ts",
    [LEAKS],
    [
      "redact(beginningOf(run.stdout.bytes), true)",
      "beginningOf(run.stdout.bytes)",
      "job_log shows secrets in stdout",
    ],
    [
      "stderr: textOfStderr(run.stderr, redact)",
      "stderr: textOfStderr(run.stderr, (text) => text)",
      "job_log shows secrets in stderr",
    ],
    [
      "const ending = decideEnding(run, redact);",
      "const ending = decideEnding(run);",
      "both tables show secrets in errors",
    ],
  ),
  mutate(
    "dispatcher/fault.ts",
    ["tests/dispatcher/contained_faults_test.ts"],
    [
      "setup.redact(describeFault(fault).error, true)",
      "describeFault(fault).error",
      "both tables show a secret in the text of a fault",
    ],
  ),
  mutate(
    "plugin/plugin_log.ts",
    [LEAKS],
    [
      "redact(new TextDecoder().decode(bytes, { stream: dropped > 0 }), true)",
      "redact(new TextDecoder().decode(bytes, { stream: dropped > 0 }))",
      "a crash in the middle of a secret shows its beginning",
    ],
  ),
  mutate(
    "gateway/gateway.ts",
    ["--filter=what the start says on stderr", LEAKS],
    ["outside.complain(redact(line))", "outside.complain(line)", "stderr shows a secret"],
  ),
  mutate(
    "gateway/gateway.ts",
    ["--filter=a file of a secret that everyone can read", LEAKS],
    [
      'reportPublicFiles(config, getLog("config"));',
      "",
      "the log does not say that everyone can read a secret",
    ],
  ),
];
