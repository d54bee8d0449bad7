import { mutate, type MutatedFile } from "./mutant.ts";

export const CONFIG: readonly MutatedFile[] = [
  mutate(
    "config/defaults.ts",
    ["tests/config/defaults_test.ts"],
    [
      "{ ...standard, ...said } : said",
      "said : said",
      "an entry that sets half a policy loses the other half",
    ],
    [
      "{ ...standard, ...said }",
      "{ ...said, ...standard }",
      "an entry cannot change half a policy",
    ],
    ["isJsonObject(standard) && ", "", "a list in defaults gets into a map of an entry"],
    [
      "...defaults, ...Object.fromEntries(merged)",
      "...Object.fromEntries(merged), ...defaults",
      "an entry cannot replace a default",
    ],
    ["...config, plugins", "plugins", "a config with defaults loses its pools"],
  ),
  mutate(
    "operator/check.ts",
    ["tests/operator/check_test.ts"],
    [
      "...locateUnlisted(setup).map(({ warning }) => warning),",
      "",
      "check does not name config keys that no manifest lists",
    ],
  ),
  mutate(
    "document/yaml_file.ts",
    ["tests/document/yaml_file_test.ts"],
    [
      "locateIn(toDocument(text, lines), createAt(name, lines))",
      "locateIn(toDocument(text.trim(), lines), createAt(name, lines))",
      "a config key that no manifest lists is shown at the wrong place",
    ],
  ),
  mutate(
    "gateway/start_report.ts",
    ["tests/gateway/start_report_test.ts"],
    [
      "of locateUnlisted(setup)",
      "of setup.warnings",
      "the log does not name config keys that no manifest lists",
    ],
  ),
  mutate(
    "config/config.ts",
    ["tests/config/config_test.ts"],
    ["filled === value ? said : check(configSchema, filled)", "said", "defaults change nothing"],
    [
      '{ path: ["defaults", "pool"], pool: defaults.pool },',
      "",
      "a mistyped pool in defaults limits nothing",
    ],
    [
      "if (!pool || known.includes(pool)) return [];",
      "return [];",
      "a mistyped pool limits nothing",
    ],
  ),
  mutate(
    "config/config.ts",
    ["tests/config/secret_file_test.ts"],
    ["escapeUnseen(redact(`there is", "escapeUnseen((`there is", "check shows a secret"],
  ),
  mutate(
    "config/config.ts",
    ["--filter=control characters in the name of a pool", "tests/faults/hostile_config_test.ts"],
    ["escapeUnseen(redact(`there is", "(redact(`there is", "a config moves the terminal's cursor"],
  ),
];
