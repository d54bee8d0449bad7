import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/config.ts";
import { describeProblem } from "../../src/document/problem.ts";
import { loadManifest } from "../../src/plugin/manifest.ts";

const DURATION = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";
const NO_DURATION = `not a duration; ${DURATION}`;
const EXPECTED_DURATION = `expected a duration; ${DURATION}`;
const OR_FALSE = "expected a map of keys, or false";
const A_POOL = "expected the name of a pool, or false";
const NO_LIST = "expected a list, got a";
const NO_NAME = "not a valid environment variable name";

const INHERITED = "timeouts, max_attempts, retry, circuit_breaker, pool, env";

/** Wrong values of a key, each with the message about it. */
type Wrong = Readonly<Record<string, string>>;

const SERVICE: Readonly<Record<string, Wrong>> = {
  max_running: {
    0: "must be at least 1",
    1001: "must be at most 1000",
    "1.5": "expected a whole number, got a fraction",
    many: "expected a number, got a string",
    "[4]": "expected a number, got a list",
  },
};

/** At the top of the file. A message may begin with the rest of the path. */
const TOP: Readonly<Record<string, Wrong>> = {
  pools: {
    "[nas]": "expected a map of keys, got a list",
    nas: "expected a map of keys, got a string",
    "{ nas: 0 }": ".nas: must be at least 1",
    "{ nas: many }": ".nas: expected a number, got a string",
    '{ "": 1 }': '."": must not be empty',
  },
  defaults: {
    "[retry]": "expected a map of keys, got a list",
    retry: "expected a map of keys, got a string",
    "null": "expected a map of keys, got nothing (an empty value)",
    "{ retri: {} }": '.retri: unknown key, did you mean "retry"?',
    "{ config: {} }": `.config: unknown key, expected one of: ${INHERITED}`,
    "{ enabled: false }": `.enabled: unknown key, expected one of: ${INHERITED}`,
    "{ schedule: { every: 5m } }": `.schedule: unknown key, expected one of: ${INHERITED}`,
  },
};

/** In the entry of a plugin, and in `defaults`; there is a pool "nas". */
const ENTRY: Readonly<Record<string, Wrong>> = {
  timeouts: {
    "60s": "expected a map of keys, got a string",
    "[60s]": "expected a map of keys, got a list",
    "{ pol: 60s }": '.pol: unknown key, did you mean "poll"?',
    "{ handle: 60s }": ".handle: unknown key, expected one of: poll",
    "{ poll: 60 }": `.poll: ${EXPECTED_DURATION}`,
    "{ poll: 99ms }": ".poll: must be at least 100ms",
    "{ poll: 8d }": ".poll: must be at most 7d",
    "{ poll: soon }": `.poll: ${NO_DURATION}`,
  },
  max_attempts: {
    0: "must be at least 1",
    1001: "must be at most 1000",
    "1.5": "expected a whole number, got a fraction",
    many: "expected a number, got a string",
    "[4]": "expected a number, got a list",
  },
  env: {
    PATH: `${NO_LIST} string`,
    "{ PATH: /bin }": `${NO_LIST} map of keys`,
    "[1]": ".0: expected a string, got a number",
    "[A=b]": `.0: ${NO_NAME}`,
    "[TZ, 1A]": `.1: ${NO_NAME}`,
    '[""]': `.0: ${NO_NAME}`,
  },
  pool: {
    api: 'there is no pool "api"; add it under pools',
    nsa: 'there is no pool "nsa"; did you mean "nas"?',
    1: A_POOL,
    true: A_POOL,
    "[nas]": A_POOL,
    '""': "must not be empty",
  },
  retry: {
    true: OR_FALSE,
    3: OR_FALSE,
    "[]": OR_FALSE,
    "{ backoff: 1s }": ".backoff: unknown key, expected one of: backoff_base, backoff_max",
    "{ backof_base: 1s }": '.backof_base: unknown key, did you mean "backoff_base"?',
    "{ backoff_base: 30 }": `.backoff_base: ${EXPECTED_DURATION}`,
    "{ backoff_base: 50ms }": ".backoff_base: must be at least 100ms",
    "{ backoff_base: 2d }": ".backoff_base: must be at most 1d",
    "{ backoff_base: soon }": `.backoff_base: ${NO_DURATION}`,
    "{ backoff_base: [1s] }": `.backoff_base: ${EXPECTED_DURATION}`,
    "{ backoff_max: 3600 }": `.backoff_max: ${EXPECTED_DURATION}`,
    "{ backoff_max: 10ms }": ".backoff_max: must be at least 100ms",
    "{ backoff_max: 52w }": ".backoff_max: must be at most 30d",
    "{ backoff_max: never }": `.backoff_max: ${NO_DURATION}`,
    "{ backoff_max: {} }": `.backoff_max: ${EXPECTED_DURATION}`,
  },
  circuit_breaker: {
    true: OR_FALSE,
    open: OR_FALSE,
    "[3, 30m]": OR_FALSE,
    "{ treshold: 3 }": '.treshold: unknown key, did you mean "threshold"?',
    "{ reset: 1m }": ".reset: unknown key, expected one of: threshold, reset_after",
    "{ threshold: 0 }": ".threshold: must be at least 1",
    "{ threshold: 1001 }": ".threshold: must be at most 1000",
    "{ threshold: three }": ".threshold: expected a number, got a string",
    "{ threshold: 2.5 }": ".threshold: expected a whole number, got a fraction",
    "{ threshold: [3] }": ".threshold: expected a number, got a list",
    "{ reset_after: 30 }": `.reset_after: ${EXPECTED_DURATION}`,
    "{ reset_after: 10ms }": ".reset_after: must be at least 1s",
    "{ reset_after: 100w }": ".reset_after: must be at most 52w",
    "{ reset_after: later }": `.reset_after: ${NO_DURATION}`,
    "{ reset_after: null }": `.reset_after: ${EXPECTED_DURATION}`,
  },
};

const NO_TEXT = "expected a string, got";

/** Lists of `config_keys` in a manifest. */
const LISTS: Wrong = {
  token: "expected a list, got a string",
  "{ token: true }": "expected a list, got a map of keys",
  "null": "expected a list, got nothing (an empty value)",
  "[1]": `.0: ${NO_TEXT} a number`,
  "[token, [url]]": `.1: ${NO_TEXT} a list`,
  "[{ name: token }]": `.0: ${NO_TEXT} a map of keys`,
};
const MANIFEST: Readonly<Record<string, Wrong>> = { required: LISTS, optional: LISTS };

function problemsOfManifest(text: string): readonly string[] {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-hostile-" });
  Deno.writeTextFileSync(`${folder}/manifest.yaml`, text);
  const loaded = loadManifest(`${folder}/manifest.yaml`);
  Deno.removeSync(folder, { recursive: true });
  return loaded.ok ? [] : loaded.problems.map(describeProblem);
}

function problemsOf(text: string): readonly string[] {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-hostile-" });
  Deno.writeTextFileSync(`${folder}/config.yaml`, text);
  const loaded = loadConfig(`${folder}/config.yaml`, () => undefined);
  Deno.removeSync(folder, { recursive: true });
  return loaded.ok
    ? []
    : loaded.problems.map((problem) => describeProblem(problem).replace(`${folder}/`, ""));
}

/** Checks each wrong value of each key. `fileOf` says how a line of the key becomes a file. */
function testAll(
  keys: Readonly<Record<string, Wrong>>,
  prefix: string,
  fileOf: (line: string) => string,
  read = problemsOf,
): void {
  for (const [key, wrong] of Object.entries(keys)) {
    for (const [value, message] of Object.entries(wrong)) {
      Deno.test(`a file with ${prefix}${key}: ${value} is refused with its exact line`, () => {
        const [line = "", ...more] = read(fileOf(`${key}: ${value}`));
        assert.deepEqual(more, []);
        const said = line.replace(/^\w+\.yaml:\d+:\d+: /, "");
        const separator = message.startsWith(".") ? "" : ": ";
        assert.equal(said, `${prefix}${key}${separator}${message}`);
      });
    }
  }
}

const PLUGINS = "plugins: { echo: { schedule: { every: 5m } } }\n";
testAll(SERVICE, "service.", (line) => `service: { ${line} }\n${PLUGINS}`);
testAll(TOP, "", (line) => `${line}\n${PLUGINS}`);
testAll(
  ENTRY,
  "plugins.echo.",
  (line) => `pools: { nas: 1 }\nplugins:\n  echo:\n    schedule: { every: 5m }\n    ${line}\n`,
);
testAll(
  ENTRY,
  "defaults.",
  (line) =>
    `pools: { nas: 1 }\ndefaults:\n  ${line}\nplugins:\n` +
    ["a", "b", "c"].map((name) => `  ${name}: { schedule: { every: 5m } }\n`).join(""),
);
testAll(
  MANIFEST,
  "config_keys.",
  (line) =>
    "name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n" +
    `config_keys: { ${line} }\n`,
  problemsOfManifest,
);
