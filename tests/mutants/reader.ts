import { mutate, type MutatedFile } from "./mutant.ts";

export const READER: readonly MutatedFile[] = [
  mutate(
    "sqlite/reader.ts",
    ["tests/sqlite/reader_test.ts"],
    ['    db.exec("BEGIN");\n', "", "what a command shows is of several moments"],
    ["readOnly: true, ", "", "a command that looks can write"],
    ["if (version === migrations.length) return;", "return;", "a command misreads other tables"],
    [
      "  } finally {\n    db?.close();\n",
      "",
      "a reader keeps the write-ahead log from being moved",
    ],
  ),
  mutate(
    "config/state_place.ts",
    ["tests/config/state_place_test.ts"],
    ["/[*&]/.test(part)", "false", "an alias in state is not found"],
    [
      "if (!isIndented && found === undefined) return undefined;",
      "",
      "a config in flow style is misread",
    ],
  ),
  mutate(
    "reader/gateway.ts",
    ["tests/operator/status_test.ts"],
    ["2 * intervalMs + LATE_MS", "Infinity", "a killed gateway seems to run"],
    [
      'if (gateway.stoppedAt !== undefined) return "stopped";',
      "",
      "a stopped gateway seems to run",
    ],
  ),
  mutate(
    "reader/status.ts",
    ["tests/operator/status_test.ts"],
    ['if (failures > 0) return "failing";', "", "status says ok of what fails"],
    [
      'return last.status === "succeeded" ? "ok" : "failing";',
      'return "ok";',
      "after resume status says ok of what failed",
    ],
    ['if (!last.isFinal) return "retrying";', "", "status says ok of what is retried"],
    ["rank(a.condition) - rank(b.condition) || ", "", "the sick are lost among the healthy"],
    [
      "Math.max(queuedAt, pause?.until ?? queuedAt)",
      "queuedAt",
      "status promises a job that a pause holds back",
    ],
    [
      "ready > 0 ? now : retryAt",
      "undefined",
      "status names the next poll in place of the job that is queued, or its retry",
    ],
    [
      'life === "running" ? findNextTry({ ...known, polls }, moment) : undefined',
      "findNextTry({ ...known, polls }, moment)",
      "status promises a run while no gateway runs",
    ],
  ),
  mutate(
    "operator/status_summary.ts",
    ["tests/operator/status_test.ts"],
    ['status.life === "running" && !', "!", "a script takes a stopped gateway for well"],
    [" && !isEmpty(status)", "", "status says that all is well while it knows of no entry"],
    ["escapeUnseen(troubles", "(troubles", "a plugin's error controls the terminal"],
  ),
  mutate(
    "base/duration.ts",
    ["tests/operator/times_test.ts"],
    ["Math.round(ms / unit)", "Math.floor(ms / unit)", "what is almost three days away is two"],
  ),
  mutate(
    "operator/times.ts",
    ["tests/operator/times_test.ts"],
    ["Math.abs(at - now) < NEAR", "false", "the times of a minute cannot be told apart"],
    ['"now" ? "just now"', '"now" ? "now"', "a gateway was stopped now"],
  ),
  mutate(
    "operator/table.ts",
    ["tests/operator/table_test.ts"],
    [
      "{ ...value, text: escapeUnseen(value.text) }",
      "value",
      "a plugin's name controls the terminal",
    ],
    ["width - (atLeast ?? width)", "width", "an id is cut"],
  ),
  mutate(
    "operator/change.ts",
    ["tests/program/pause_test.ts"],
    [
      "if (!changed.ok) throw new Refused(changed);",
      "if (!changed.ok) return undefined as never;",
      "a refused command is in the audit",
    ],
    [
      "    complain(await explainUnknown(error.message, unknown, place.text));",
      "    complain(error.message);",
      "an entry that was just added to the config is called unknown",
    ],
    ["tables.audit.add(", "void (", "nobody knows who paused an entry"],
    ["    touchWakeFile(place.statePath);\n", "", "a command takes effect only at the next tick"],
  ),
  mutate(
    "operator/pause.ts",
    ["tests/program/pause_test.ts"],
    [
      'if ("name" in whom && all.has(ALL_ENTRIES)) {',
      "if (false) {",
      "resume of one entry under a pause of all seems to work",
    ],
  ),
];
