/** One file that must be refused, with every line that the operator sees. */
export interface HostileFile {
  readonly name: string;
  /** The contents; a function that makes the file if it is large or not a regular file. */
  readonly contents: string | Uint8Array | (() => string | Uint8Array) | Placement;
  readonly problems: readonly string[];
}

/** Puts something other than a plain file at the path. */
export interface Placement {
  place(path: string): void;
}

type Row = readonly [
  name: string,
  contents: HostileFile["contents"],
  problems: readonly string[],
];

const HINT = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";
const TOP_KEYS = "expected one of: service, state, plugins_dir, pools, defaults, plugins";
const BAD_NAME =
  "not a plugin name: lower-case letters, digits, - and _ only, a letter or digit first";
const TAGS = "tags are not supported; quote the value or remove the tag";
const DEEP = "nested more than 100 levels deep";
const TOO_LARGE = "too large once the aliases are expanded";
const NO_JSON_NUMBER = "not a number that JSON can represent; quote it";
const NO_BRACE =
  "a default ends at the first }, so it must not contain { or another ${NAME}; set the variable";
const GOT_NOTHING = "got nothing (an empty value)";
const MISSING = "required, but missing";
const PROTOCOL_1 = "unsupported protocol; this gateway supports only protocol 1";
const NEEDS_MAP = "expected a map of keys";
const DAMAGED = "it contains NUL bytes, so it is damaged";
const NO_UTF8 = "it is not valid UTF-8";
const NO_FILE = "it is not a regular file";
const MEGABYTES = 1024 * 1024;

/** A config whose line 5 sets the plugin's config key `a` at column 7; the value is at column 10. */
const withValue = (value: string) =>
  `plugins:\n  echo:\n    schedule: { every: 5m }\n    config:\n      a: ${value}\n`;

const PLUGINS = "plugins: { echo: { schedule: { every: 5m } } }\n";

/** A config whose line 3 holds one more key of the plugin. */
const withKey = (line: string) => `plugins:\n  echo:\n    ${line}\n    schedule: { every: 5m }\n`;

const bytes = (...values: number[]) => new Uint8Array(values);

const BOMB = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
  .concat(
    ["ba", "cb", "dc", "ed", "fe", "gf", "hg", "ih"].map(([key, of]) =>
      `${key}: &${key} [${Array(10).fill(`*${of}`).join(", ")}]`
    ),
  ).join("\n");

const CHAIN = [`c0: &c0 []`]
  .concat(Array.from({ length: 150 }, (_, i) => `c${i + 1}: &c${i + 1} [*c${i}]`)).join("\n");

const fifo: Placement = {
  place(path) {
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
  },
};
const linkTo = (target: string): Placement => ({ place: (path) => Deno.symlinkSync(target, path) });
const folder: Placement = { place: (path) => Deno.mkdirSync(path) };

const CONFIG_ROWS: readonly Row[] = [
  // Not text
  ["a folder", folder, ["Cannot read /config.yaml: it is a folder, not a file"]],
  ["a FIFO, which would hang a reader", fifo, [`Cannot read /config.yaml: ${NO_FILE}`]],
  ["a link to an endless device", linkTo("/dev/zero"), [`Cannot read /config.yaml: ${NO_FILE}`]],
  ["a link to itself", linkTo("config.yaml"), [
    "Cannot read /config.yaml: Too many levels of symbolic links (os error 40): stat '/config.yaml'",
  ]],
  ["a link to nowhere", linkTo("nowhere"), [
    "Cannot read /config.yaml: no such file; create it, or name another one",
  ]],
  ["ten megabytes", () => "#".repeat(10 * MEGABYTES), [
    "Cannot read /config.yaml: it has 10485760 bytes, the limit is 1048576",
  ]],
  ["one byte over a megabyte", () => "#".repeat(MEGABYTES + 1), [
    "Cannot read /config.yaml: it has 1048577 bytes, the limit is 1048576",
  ]],
  ["invalid UTF-8", bytes(0x61, 0x3a, 0x20, 0xff, 0xfe), [`Cannot read /config.yaml: ${NO_UTF8}`]],
  ["an overlong UTF-8 sequence", bytes(0x61, 0x3a, 0x20, 0xc0, 0xaf), [
    `Cannot read /config.yaml: ${NO_UTF8}`,
  ]],
  ["a truncated UTF-8 sequence", bytes(0x61, 0x3a, 0x20, 0xe2, 0x82), [
    `Cannot read /config.yaml: ${NO_UTF8}`,
  ]],
  ["UTF-16 with a byte order mark", bytes(0xff, 0xfe, 0x70, 0x00), [
    `Cannot read /config.yaml: ${NO_UTF8}`,
  ]],
  ["UTF-16 without a byte order mark", bytes(0x70, 0x00, 0x3a, 0x00), [
    `Cannot read /config.yaml: ${DAMAGED}`,
  ]],
  ["zeroes, as a power cut leaves behind", new Uint8Array(4096), [
    `Cannot read /config.yaml: ${DAMAGED}`,
  ]],
  ["a NUL in a string", `service: { name: "a\0b" }\n${PLUGINS}`, [
    `Cannot read /config.yaml: ${DAMAGED}`,
  ]],
  ["a gzip file", bytes(0x1f, 0x8b, 0x08, 0x00), [`Cannot read /config.yaml: ${NO_UTF8}`]],

  // Not a map
  ["nothing", "", [`config.yaml:1:1: plugins: ${MISSING}`]],
  ["only a byte order mark", "\ufeff", [`config.yaml:1:1: plugins: ${MISSING}`]],
  ["only a comment", "# later\n", [`config.yaml:1:1: plugins: ${MISSING}`]],
  ["only blank lines", " \n\n  \n", [`config.yaml:1:1: plugins: ${MISSING}`]],
  ["null", "~\n", [`config.yaml:1:1: plugins: ${MISSING}`]],
  ["a word", "plugins\n", [`config.yaml:1:1: ${NEEDS_MAP}, got a string`]],
  ["a number", "42\n", [`config.yaml:1:1: ${NEEDS_MAP}, got a number`]],
  ["a list", "- plugins\n", [`config.yaml:1:1: ${NEEDS_MAP}, got a list`]],
  ["HTML", "<html><body>404</body></html>\n", [`config.yaml:1:1: ${NEEDS_MAP}, got a string`]],
  ["truncated JSON", '{"plugins": {"echo": {"schedule": {"every": "5m"', [
    "config.yaml:1:49: flow map in block collection must be sufficiently indented and end with a }",
    "config.yaml:1:49: flow map must end with a }",
  ]],

  // Bombs
  ["a billion laughs", `${BOMB}\n${PLUGINS}`, [`config.yaml:6:40: ${TOO_LARGE}`]],
  ["ever deeper aliases", `${CHAIN}\n${PLUGINS}`, [`config.yaml:100:12: ${DEEP}`]],
  ["an alias inside its own anchor", withValue("&x [*x]"), [
    "config.yaml:5:14: an alias must not be inside its own anchor",
  ]],
  ["a plugin that contains itself", "plugins: &p\n  echo: *p\n", [
    "config.yaml:2:9: an alias must not be inside its own anchor",
  ]],
  ["thousands of aliases", () => withValue(`[&x 1${", *x".repeat(5000)}]`), [
    "config.yaml:5:4017: more than 1000 aliases",
  ]],
  [
    "a large text under many aliases",
    () => withValue(`[&x "${"y".repeat(500_000)}", *x, *x, *x, *x, *x]`),
    [`config.yaml:5:500030: ${TOO_LARGE}`],
  ],
  ["100,000 open brackets", () => withValue("[".repeat(100_000)), [`config.yaml:5:106: ${DEEP}`]],
  ["100,000 nested lists", () => withValue("[".repeat(1e5) + "]".repeat(1e5)), [
    `config.yaml:5:106: ${DEEP}`,
  ]],
  ["100,000 nested maps", () => withValue("{a: ".repeat(100_000)), [`config.yaml:5:394: ${DEEP}`]],
  ["100,000 nested list items", () => withValue("\n" + " ".repeat(8) + "- ".repeat(1e5)), [
    `config.yaml:6:201: ${DEEP}`,
  ]],
  ["101 levels", withValue("[".repeat(98) + "]".repeat(98)), [`config.yaml:5:106: ${DEEP}`]],
  [
    "20,000 syntax errors",
    () => "]".repeat(20_000),
    Array.from(
      { length: 20_000 },
      (_, i) => `config.yaml:1:${i + 1}: unexpected flow-seq-end token in YAML document`,
    ),
  ],

  // Syntax
  ["a tab as indentation", "plugins:\n\techo: {}\n", [
    "config.yaml:2:1: tabs are not allowed as indentation; use spaces",
  ]],
  ["a key given twice", `${PLUGINS}service: {}\n${PLUGINS}`, [
    'config.yaml:3:1: duplicate key "plugins"',
  ]],
  ["a key given twice in one line", withValue("{ b: 1, 'b': 2, \"\\x62\": 3 }"), [
    'config.yaml:5:18: duplicate key "b"',
    'config.yaml:5:26: duplicate key "b"',
  ]],
  ["two documents", `${PLUGINS}---\n${PLUGINS}`, [
    "config.yaml:2:1: a second document begins here; only one is allowed",
  ]],
  ["a list as a key", withValue("{ [x, y]: 1 }"), ["config.yaml:5:12: a key must be a string"]],
  ["a map as a key", withValue("\n        ? { x: y }\n        : 1"), [
    "config.yaml:6:11: a key must be a string",
  ]],
  ["a key named __proto__", withValue("{ __proto__: { admin: true } }"), [
    "config.yaml:5:12: a key must not be named __proto__",
  ]],
  ["a plugin named __proto__", "plugins:\n  __proto__: {}\n", [
    "config.yaml:2:3: a key must not be named __proto__",
  ]],
  ["an alias without an anchor", withValue("*hunter2"), [
    "config.yaml:5:10: this alias has no anchor before it",
  ]],
  ["an alias before its anchor", "a: *x\nb: &x 1\n", [
    "config.yaml:1:4: this alias has no anchor before it",
  ]],
  ["two anchors on one value", withValue("&x &y 1"), [
    "config.yaml:5:13: a node can have at most one anchor",
  ]],
  ["an anchor on an alias", withValue("[&x 1, &y *x]"), [
    "config.yaml:5:20: an alias node must not specify any properties",
  ]],
  ["!!binary", withValue("!!binary aGVsbG8="), [`config.yaml:5:10: ${TAGS}`]],
  ["!!timestamp", withValue("!!timestamp 2026-01-01"), [`config.yaml:5:10: ${TAGS}`]],
  ["!!set", withValue("!!set { x, y }"), [`config.yaml:5:10: ${TAGS}`]],
  ["!!omap", withValue("!!omap [x: 1]"), [`config.yaml:5:10: ${TAGS}`]],
  ["a tag that runs code elsewhere", withValue("!!js/function 'x'"), [`config.yaml:5:10: ${TAGS}`]],
  ["a tag that runs code in Python", withValue("!!python/object/apply:os.system [ls]"), [
    `config.yaml:5:10: ${TAGS}`,
  ]],
  ["a custom tag", withValue("!vault hunter2"), [`config.yaml:5:10: ${TAGS}`]],
  ["an unclosed verbatim tag", withValue("!<hunter2"), [`config.yaml:5:10: ${TAGS}`]],
  ["an unknown directive", `%FOO bar\n---\n${PLUGINS}`, [
    "config.yaml:1:1: the only supported directive is %YAML 1.2",
  ]],
  ["YAML 1.1, where yes is true and 0755 is 493", `%YAML 1.1\n---\n${PLUGINS}`, [
    "config.yaml:1:1: the only supported directive is %YAML 1.2",
  ]],
  ["an unknown YAML version", `%YAML 3.0\n---\n${PLUGINS}`, [
    "config.yaml:1:7: the only supported directive is %YAML 1.2",
  ]],
  ["an unclosed quote", withValue('"hunter2'), ['config.yaml:6:1: missing closing "quote']],
  ["a quote inside a quote", withValue("'hunt'er2'"), [
    "config.yaml:5:16: unexpected scalar at node end",
  ]],
  ["an unknown escape", withValue('"hunt\\qer2"'), [
    "config.yaml:5:15: invalid escape sequence in a double-quoted string",
  ]],
  ["a value that begins with @", withValue("@hunter2"), [
    "config.yaml:5:10: plain value cannot start with reserved character @",
  ]],
  ["a value that begins with %", withValue("%hunter2"), [
    "config.yaml:5:10: plain value cannot start with directive indicator character %",
  ]],
  ["a value that begins with `", withValue("`hunter2`"), [
    "config.yaml:5:10: plain value cannot start with reserved character `",
  ]],
  ["a value with a colon", withValue("hunter2: hunter3"), [
    "config.yaml:5:10: nested mappings are not allowed in compact mappings",
  ]],
  ["a value after a block mark", withValue("|hunter2"), [
    "config.yaml:5:11: block scalar header includes extra characters",
  ]],
  ["a stray bracket", withValue("]hunter2"), [
    "config.yaml:5:10: unexpected flow-seq-end token in YAML stream",
    "config.yaml:5:11: unexpected scalar token in YAML stream",
  ]],
  ["a value after a map", withValue("{} hunter2"), [
    "config.yaml:5:13: unexpected scalar at node end",
  ]],
  ["a line without a colon", withValue("1\n    hunter2"), [
    "config.yaml:6:5: implicit map keys need to be followed by map values",
  ]],
  ["a line indented too little", withValue("1\n   b: 2"), [
    "config.yaml:6:1: all mapping items must start at the same column",
  ]],
  ["a key without a space", "plugins:{}\n", [`config.yaml:1:1: ${NEEDS_MAP}, got a string`]],
  ["a merge conflict", `<<<<<<< HEAD\n${PLUGINS}=======\n`, [
    "config.yaml:1:1: implicit keys need to be on a single line",
    "config.yaml:3:1: implicit map keys need to be followed by map values",
  ]],

  // Numbers
  ["infinities and NaN", withValue("[.inf, -.inf, .nan]"), [
    `config.yaml:5:11: ${NO_JSON_NUMBER}`,
    `config.yaml:5:17: ${NO_JSON_NUMBER}`,
    `config.yaml:5:24: ${NO_JSON_NUMBER}`,
  ]],

  ["a number of attempts beyond 2^53", withKey("max_attempts: 9007199254740993"), [
    "config.yaml:3:5: plugins.echo.max_attempts: expected a number, got a number with too many digits",
  ]],
  ["a reference in the default of another", withValue('"${A:-${B:-x}}"'), [
    `config.yaml:5:7: plugins.echo.config.a: ${NO_BRACE}`,
  ]],
  ["a brace in a default", withValue("'${A:-{}}'"), [
    `config.yaml:5:7: plugins.echo.config.a: ${NO_BRACE}`,
  ]],

  // Keys
  ["keys in upper case", `SERVICE: {}\nPlugins: {}\n`, [
    `config.yaml:1:1: plugins: ${MISSING}`,
    'config.yaml:1:1: SERVICE: unknown key, did you mean "service"?',
    'config.yaml:2:1: Plugins: unknown key, did you mean "plugins"?',
  ]],
  ["misspelled keys", `${PLUGINS}servce: {}\nstat: {}\nplugin_dir: x\n`, [
    'config.yaml:2:1: servce: unknown key, did you mean "service"?',
    'config.yaml:3:1: stat: unknown key, did you mean "state"?',
    'config.yaml:4:1: plugin_dir: unknown key, did you mean "plugins_dir"?',
  ]],
  ["an unknown key", `${PLUGINS}triggers: {}\n`, [
    `config.yaml:2:1: triggers: unknown key, ${TOP_KEYS}`,
  ]],
  ["a key with a line break", `${PLUGINS}"a\\nb: c": 1\n`, [
    `config.yaml:2:1: "a\\nb: c": unknown key, ${TOP_KEYS}`,
  ]],
  ["a key with a colour for the terminal", `${PLUGINS}"\\e[31mred": 1\n`, [
    `config.yaml:2:1: "\\u001b[31mred": unknown key, ${TOP_KEYS}`,
  ]],
  ["an empty key", `${PLUGINS}"": 1\n`, [`config.yaml:2:1: "": unknown key, ${TOP_KEYS}`]],
  ["a null key", `${PLUGINS}? \n: 1\n`, [`config.yaml:2:3: "": unknown key, ${TOP_KEYS}`]],
  [
    "a merge key, which YAML 1.2 does not have",
    "plugins:\n  a: &a\n    schedule: { every: 5m }\n  b:\n    <<: *a\n",
    [
      "config.yaml:4:3: plugins.b.schedule: required if the plugin is enabled: add schedule.every",
      'config.yaml:5:5: plugins.b."<<": unknown key, expected one of: enabled, schedule, config, timeouts, max_attempts, retry, circuit_breaker, pool, env',
    ],
  ],
  ["keys of later versions", `${PLUGINS}webhooks: []\nroutes: []\n`, [
    "config.yaml:2:1: webhooks: this version does not support it; remove it",
    "config.yaml:3:1: routes: this version does not support it; remove it",
  ]],
  [
    "invalid plugin names",
    `plugins: { Echo: {}, "": {}, ../up: {}, a/b: {}, a b: {}, -a: {}, ä: {} }\n`,
    [
      `config.yaml:1:12: plugins.Echo: ${BAD_NAME}`,
      `config.yaml:1:22: plugins."": ${BAD_NAME}`,
      `config.yaml:1:30: plugins."../up": ${BAD_NAME}`,
      `config.yaml:1:41: plugins."a/b": ${BAD_NAME}`,
      `config.yaml:1:50: plugins."a b": ${BAD_NAME}`,
      `config.yaml:1:59: plugins.-a: ${BAD_NAME}`,
      `config.yaml:1:67: plugins."ä": ${BAD_NAME}`,
    ],
  ],

  // Types and values
  ["wrong types at the top", "service: 1\nstate: []\nplugins_dir: {}\nplugins: echo\n", [
    `config.yaml:1:1: service: ${NEEDS_MAP}, got a number`,
    `config.yaml:2:1: state: ${NEEDS_MAP}, got a list`,
    "config.yaml:3:1: plugins_dir: expected a string, got a map of keys",
    `config.yaml:4:1: plugins: ${NEEDS_MAP}, got a string`,
  ]],
  ["empty values at the top", "service:\nstate:\nplugins_dir:\nplugins:\n", [
    `config.yaml:1:1: service: ${NEEDS_MAP}, ${GOT_NOTHING}`,
    `config.yaml:2:1: state: ${NEEDS_MAP}, ${GOT_NOTHING}`,
    `config.yaml:3:1: plugins_dir: expected a string, ${GOT_NOTHING}`,
    `config.yaml:4:1: plugins: ${NEEDS_MAP}, ${GOT_NOTHING}`,
  ]],
  [
    "wrong types under service",
    `service:\n  name: [x]\n  tick_interval: 60\n  log_level: 3\n  log_format: {}\n` +
    `  job_log_retention: true\n  shutdown_grace:\n${PLUGINS}`,
    [
      "config.yaml:2:3: service.name: expected a string, got a list",
      `config.yaml:3:3: service.tick_interval: expected a duration; ${HINT}`,
      'config.yaml:4:3: service.log_level: expected "debug" or "info" or "warn" or "error"',
      'config.yaml:5:3: service.log_format: expected "json" or "text"',
      `config.yaml:6:3: service.job_log_retention: expected a duration; ${HINT}`,
      `config.yaml:7:3: service.shutdown_grace: expected a duration; ${HINT}`,
    ],
  ],
  [
    "wrong values under service",
    `service:\n  name: ""\n  tick_interval: 10ms\n  log_level: INFO\n  log_format: logfmt\n` +
    `  job_log_retention: 30s\n  shutdown_grace: -1s\n${PLUGINS}`,
    [
      "config.yaml:2:3: service.name: must not be empty",
      "config.yaml:3:3: service.tick_interval: must be at least 100ms",
      'config.yaml:4:3: service.log_level: expected "debug" or "info" or "warn" or "error"',
      'config.yaml:5:3: service.log_format: expected "json" or "text"',
      "config.yaml:6:3: service.job_log_retention: must be at least 1m",
      `config.yaml:7:3: service.shutdown_grace: not a duration; ${HINT}`,
    ],
  ],
  ["empty paths", `state: { path: "" }\nplugins_dir: ""\n${PLUGINS}`, [
    "config.yaml:1:10: state.path: must not be empty",
    "config.yaml:2:1: plugins_dir: must not be empty",
  ]],
  ["paths with a NUL", `state: { path: "a\\0" }\nplugins_dir: "\\0"\n${PLUGINS}`, [
    "config.yaml:1:10: state.path: must not contain a NUL character",
    "config.yaml:2:1: plugins_dir: must not contain a NUL character",
  ]],
  ["a plugin that is a list", "plugins:\n  echo: []\n", [
    `config.yaml:2:3: plugins.echo: ${NEEDS_MAP}, got a list`,
  ]],
  ["a plugin with an empty value", "plugins:\n  echo:\n", [
    `config.yaml:2:3: plugins.echo: ${NEEDS_MAP}, ${GOT_NOTHING}`,
  ]],
  ["a plugin without a schedule", "plugins:\n  echo: {}\n", [
    "config.yaml:2:3: plugins.echo.schedule: required if the plugin is enabled: add schedule.every",
  ]],
  ["a schedule without every", "plugins:\n  echo: { schedule: { jitter: 1m } }\n", [
    `config.yaml:2:11: plugins.echo.schedule.every: required, but missing; ${HINT}`,
  ]],
  ["a schedule as in cron", "plugins:\n  echo: { schedule: '*/5 * * * *' }\n", [
    `config.yaml:2:11: plugins.echo.schedule: ${NEEDS_MAP}, got a string`,
  ]],
  ["enabled as in YAML 1.1", withKey("enabled: yes"), [
    "config.yaml:3:5: plugins.echo.enabled: expected true or false, got a string",
  ]],
  ["a config that is a list", withKey("config: [a]"), [
    `config.yaml:3:5: plugins.echo.config: ${NEEDS_MAP}, got a list`,
  ]],
  ["an empty plugin config", withKey("config:"), [
    `config.yaml:3:5: plugins.echo.config: ${NEEDS_MAP}, ${GOT_NOTHING}`,
  ]],
  ["timeouts that are a duration", withKey("timeouts: 60s"), [
    `config.yaml:3:5: plugins.echo.timeouts: ${NEEDS_MAP}, got a string`,
  ]],
  ["a timeout that is a number", withKey("timeouts: { poll: 60 }"), [
    `config.yaml:3:17: plugins.echo.timeouts.poll: expected a duration; ${HINT}`,
  ]],
  ["a timeout of an unknown command", withKey("timeouts: { handle: 60s }"), [
    "config.yaml:3:17: plugins.echo.timeouts.handle: unknown key, expected one of: poll",
  ]],
  ["half an attempt", withKey("max_attempts: 1.5"), [
    "config.yaml:3:5: plugins.echo.max_attempts: expected a whole number, got a fraction",
  ]],
  ["no attempt", withKey("max_attempts: 0"), [
    "config.yaml:3:5: plugins.echo.max_attempts: must be at least 1",
  ]],
  ["a million attempts", withKey("max_attempts: 1000000"), [
    "config.yaml:3:5: plugins.echo.max_attempts: must be at most 1000",
  ]],
  ["attempts as a string", withKey('max_attempts: "3"'), [
    "config.yaml:3:5: plugins.echo.max_attempts: expected a number, got a string",
  ]],
  ["env as a map", withKey("env: { HOME: x }"), [
    "config.yaml:3:5: plugins.echo.env: expected a list, got a map of keys",
  ]],
  ["env with values", withKey("env: [HOME=/root, 3, '', PATH]"), [
    "config.yaml:3:11: plugins.echo.env.0: not a valid environment variable name",
    "config.yaml:3:23: plugins.echo.env.1: expected a string, got a number",
    "config.yaml:3:26: plugins.echo.env.2: not a valid environment variable name",
  ]],
  ["a variable that is not set", withValue("${NOT_SET}"), [
    "config.yaml:5:7: plugins.echo.config.a: environment variable NOT_SET is not set; set it, or write ${NOT_SET:-default}",
  ]],
  ["a file of a secret that does not exist", withValue("${file:/no/such/token}"), [
    "config.yaml:5:7: plugins.echo.config.a: cannot read the file /no/such/token: no such file; create it, or name another one",
  ]],
  ["a folder as file of a secret", withValue("${file:.}"), [
    "config.yaml:5:7: plugins.echo.config.a: cannot read the file .: it is a folder, not a file",
  ]],
  ["a device as file of a secret", withValue("Bearer ${file:/dev/zero}"), [
    `config.yaml:5:7: plugins.echo.config.a: cannot read the file /dev/zero: ${NO_FILE}`,
  ]],
  ["a file of a secret without a path", withValue("${file:}"), [
    "config.yaml:5:7: plugins.echo.config.a: ${file:} lacks a path; write ${file:PATH}",
  ]],
  ["a variable in the path of a secret", withValue("'${file:${HOME}/token}'"), [
    "config.yaml:5:7: plugins.echo.config.a: the path of a file ends at the first }, so it must not contain { or another ${NAME}",
  ]],
  ["a NUL in the path of a secret", withValue('"${file:a\\0b}"'), [
    "config.yaml:5:7: plugins.echo.config.a: the path of a file must not contain a NUL character",
  ]],
  [
    "control characters in the name of a pool",
    'pools: { "a\\u001b[31m": 1 }\n' + withKey('pool: "b\\u001b[31m"'),
    [
      'config.yaml:4:5: plugins.echo.pool: there is no pool "b\\u001b[31m"; did you mean "a\\u001b[31m"?',
    ],
  ],
  ["a secret in place of a duration", withKey("timeouts: { poll: '${file:config.yaml}' }"), [
    `config.yaml:3:17: plugins.echo.timeouts.poll: not a duration; ${HINT}`,
  ]],
  ["an unclosed variable", withValue('"${NOT_SET"'), [
    "config.yaml:5:7: plugins.echo.config.a: invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${",
  ]],
];

/** Broken `config.yaml` files. The problems leave out the folder of the file. */
export const HOSTILE_CONFIGS: readonly HostileFile[] = CONFIG_ROWS.map(toFile);

const MANIFEST = "name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n";
/** A manifest with another value for one key. */
const withLine = (key: string, value: string) =>
  MANIFEST.replace(new RegExp(`^${key}: .*$`, "m"), () => `${key}: ${value}`);

const MANIFEST_ROWS: readonly Row[] = [
  ["a folder", folder, ["Cannot read /echo/manifest.yaml: it is a folder, not a file"]],
  ["a FIFO, which would hang a reader", fifo, [`Cannot read /echo/manifest.yaml: ${NO_FILE}`]],
  ["a link to an endless device", linkTo("/dev/zero"), [
    `Cannot read /echo/manifest.yaml: ${NO_FILE}`,
  ]],
  ["a link to itself", linkTo("manifest.yaml"), [
    "Too many levels of symbolic links (os error 40): stat '/echo/manifest.yaml'",
  ]],
  ["a link to nowhere", linkTo("nowhere"), [
    "/echo has no manifest.yaml; create it or set enabled: false",
  ]],
  ["ten megabytes", () => MANIFEST + "#".repeat(10 * MEGABYTES), [
    "Cannot read /echo/manifest.yaml: it has 10485819 bytes, the limit is 1048576",
  ]],
  ["invalid UTF-8", bytes(0x6e, 0xff), [`Cannot read /echo/manifest.yaml: ${NO_UTF8}`]],
  ["zeroes, as a power cut leaves behind", new Uint8Array(512), [
    `Cannot read /echo/manifest.yaml: ${DAMAGED}`,
  ]],
  ["nothing", "", [
    `manifest.yaml:1:1: name: ${MISSING}`,
    `manifest.yaml:1:1: protocol: ${PROTOCOL_1}`,
    `manifest.yaml:1:1: entrypoint: ${MISSING}`,
    `manifest.yaml:1:1: commands: ${MISSING}`,
  ]],
  ["a list", "- name: echo\n", [`manifest.yaml:1:1: ${NEEDS_MAP}, got a list`]],
  ["a shell script", "#!/bin/sh\necho '{}'\n", [`manifest.yaml:2:1: ${NEEDS_MAP}, got a string`]],
  ["a billion laughs", `${BOMB}\n${MANIFEST}`, [`manifest.yaml:6:40: ${TOO_LARGE}`]],
  ["100,000 open brackets", () => `${MANIFEST}x: ${"[".repeat(100_000)}`, [
    `manifest.yaml:5:103: ${DEEP}`,
  ]],
  ["two documents", `${MANIFEST}---\n${MANIFEST}`, [
    "manifest.yaml:5:1: a second document begins here; only one is allowed",
  ]],
  ["a key given twice", `${MANIFEST}name: echo\n`, ['manifest.yaml:5:1: duplicate key "name"']],
  ["a custom tag", withLine("name", "!name echo"), [`manifest.yaml:1:7: ${TAGS}`]],
  ["a tab as indentation", `${MANIFEST}config_keys:\n\trequired: []\n`, [
    "manifest.yaml:6:1: tabs are not allowed as indentation; use spaces",
  ]],
  ["keys in upper case", MANIFEST.toUpperCase(), [
    `manifest.yaml:1:1: name: ${MISSING}; the key "NAME" looks mistyped`,
    `manifest.yaml:1:1: protocol: ${PROTOCOL_1}; the key "PROTOCOL" looks mistyped`,
    `manifest.yaml:1:1: entrypoint: ${MISSING}; the key "ENTRYPOINT" looks mistyped`,
    `manifest.yaml:1:1: commands: ${MISSING}; the key "COMMANDS" looks mistyped`,
  ]],
  ["a key with terminal control characters", MANIFEST.replace("name", "na\u009bme"), [
    String.raw`manifest.yaml:1:1: name: ${MISSING}; the key "na\u009bme" looks mistyped`,
  ]],
  [
    "wrong types everywhere",
    "name: 1\nversion: 1.0\nprotocol: '1'\nentrypoint: [run.sh]\n" +
    "description: {}\ncommands: poll\nconfig_keys: []\n",
    [
      "manifest.yaml:1:1: name: expected a string, got a number",
      'manifest.yaml:2:1: version: expected a string; quote it, such as "1.0"',
      `manifest.yaml:3:1: protocol: ${PROTOCOL_1}`,
      "manifest.yaml:4:1: entrypoint: expected a string, got a list",
      "manifest.yaml:5:1: description: expected a string, got a map of keys",
      "manifest.yaml:6:1: commands: expected a list, got a string",
      `manifest.yaml:7:1: config_keys: ${NEEDS_MAP}, got a list`,
    ],
  ],
  ["empty values", "name:\nprotocol:\nentrypoint:\ncommands:\nconfig_keys:\n", [
    `manifest.yaml:1:1: name: expected a string, ${GOT_NOTHING}`,
    `manifest.yaml:2:1: protocol: ${PROTOCOL_1}`,
    `manifest.yaml:3:1: entrypoint: expected a string, ${GOT_NOTHING}`,
    `manifest.yaml:4:1: commands: expected a list, ${GOT_NOTHING}`,
    `manifest.yaml:5:1: config_keys: ${NEEDS_MAP}, ${GOT_NOTHING}`,
  ]],
  ["an empty name and entrypoint", withLine("name", '""').replace("run.sh", '""'), [
    `manifest.yaml:1:1: name: ${BAD_NAME}`,
    "manifest.yaml:3:1: entrypoint: must not be empty",
  ]],
  ["the name of another plugin", withLine("name", "other"), [
    'its manifest names it "other"; name and folder must be the same',
  ]],
  ["the name in another case", withLine("name", "Echo"), [`manifest.yaml:1:1: name: ${BAD_NAME}`]],
  ["a name with a path", withLine("name", "../echo"), [`manifest.yaml:1:1: name: ${BAD_NAME}`]],
  ["a name with a look-alike letter", withLine("name", "есho"), [
    `manifest.yaml:1:1: name: ${BAD_NAME}`,
  ]],
  ["protocol 2", withLine("protocol", "2"), [`manifest.yaml:2:1: protocol: ${PROTOCOL_1}`]],
  ["protocol 1.5", withLine("protocol", "1.5"), [`manifest.yaml:2:1: protocol: ${PROTOCOL_1}`]],
  ["protocol beyond 2^53", withLine("protocol", "9007199254740993"), [
    `manifest.yaml:2:1: protocol: ${PROTOCOL_1}`,
  ]],
  ["an absolute entrypoint", withLine("entrypoint", "/bin/sh"), [
    "entrypoint /bin/sh is absolute; make it relative",
  ]],
  ["an entrypoint with ..", withLine("entrypoint", "../../../bin/sh"), [
    'entrypoint ../../../bin/sh contains ".."',
  ]],
  ["an entrypoint with .. that leads back", withLine("entrypoint", "../echo/run.sh"), [
    'entrypoint ../echo/run.sh contains ".."',
  ]],
  ["an entrypoint with .. in the middle", withLine("entrypoint", "a/../run.sh"), [
    'entrypoint a/../run.sh contains ".."',
  ]],
  ["the folder as entrypoint", withLine("entrypoint", "."), ["entrypoint . is not a file"]],
  ["an entrypoint below a file", withLine("entrypoint", "run.sh/run.sh"), [
    "entrypoint run.sh/run.sh does not exist",
  ]],
  ["an entrypoint with a trailing slash", withLine("entrypoint", "run.sh/"), [
    "entrypoint run.sh/ does not exist",
  ]],
  ["an entrypoint in another case", withLine("entrypoint", "RUN.sh"), [
    "entrypoint RUN.sh does not exist",
  ]],
  ["an entrypoint with arguments", withLine("entrypoint", "run.sh --now"), [
    "entrypoint run.sh --now does not exist",
  ]],
  ["an entrypoint with a line break", withLine("entrypoint", '"run.sh\\n"'), [
    "entrypoint contains a control character",
  ]],
  ["an entrypoint with a NUL", withLine("entrypoint", '"run.sh\\0"'), [
    "entrypoint contains a control character",
  ]],
  ["the manifest as entrypoint", withLine("entrypoint", "manifest.yaml"), [
    "entrypoint manifest.yaml is not executable; run chmod +x /echo/manifest.yaml",
  ]],
  ["a command other than poll", withLine("commands", "[handle]"), [
    'manifest.yaml:4:1: commands: must contain "poll"',
  ]],
  ["no commands", withLine("commands", "[]"), ['manifest.yaml:4:1: commands: must contain "poll"']],
  ["commands that are not strings", withLine("commands", "[poll, 1, null]"), [
    "manifest.yaml:4:18: commands.1: expected a string, got a number",
    `manifest.yaml:4:21: commands.2: expected a string, ${GOT_NOTHING}`,
  ]],
  ["poll in upper case", withLine("commands", "[POLL]"), [
    'manifest.yaml:4:1: commands: must contain "poll"',
  ]],
  ["commands as a map", withLine("commands", "{ poll: {} }"), [
    "manifest.yaml:4:1: commands: expected a list, got a map of keys",
  ]],
  ["required config keys as a string", `${MANIFEST}config_keys: { required: token }\n`, [
    "manifest.yaml:5:16: config_keys.required: expected a list, got a string",
  ]],
  ["a word in place of the keys to store on error", `${MANIFEST}state_on_error: token\n`, [
    "manifest.yaml:5:1: state_on_error: expected a list, got a string",
  ]],
  ["a map of keys to store on error", `${MANIFEST}state_on_error: { token: true }\n`, [
    "manifest.yaml:5:1: state_on_error: expected a list, got a map of keys",
  ]],
  ["numbers as keys to store on error", `${MANIFEST}state_on_error: [1, 2.5]\n`, [
    "manifest.yaml:5:18: state_on_error.0: expected a string, got a number",
    "manifest.yaml:5:21: state_on_error.1: expected a string, got a fraction",
  ]],
  ["nothing as keys to store on error", `${MANIFEST}state_on_error:\n`, [
    `manifest.yaml:5:1: state_on_error: expected a list, ${GOT_NOTHING}`,
  ]],
  ["a list in the keys to store on error", `${MANIFEST}state_on_error: [[token]]\n`, [
    "manifest.yaml:5:18: state_on_error.0: expected a string, got a list",
  ]],
  ["a word in place of secret keys", `${MANIFEST}secret_state: token\n`, [
    "manifest.yaml:5:1: secret_state: expected a list, got a string",
  ]],
  ["true in place of secret keys", `${MANIFEST}secret_state: true\n`, [
    "manifest.yaml:5:1: secret_state: expected a list, got a boolean",
  ]],
  ["a map of secret keys", `${MANIFEST}secret_state: { token: x }\n`, [
    "manifest.yaml:5:1: secret_state: expected a list, got a map of keys",
  ]],
  ["nothing as a secret key", `${MANIFEST}secret_state: [null]\n`, [
    `manifest.yaml:5:16: secret_state.0: expected a string, ${GOT_NOTHING}`,
  ]],
  ["a boolean as a secret key", `${MANIFEST}secret_state: [yes, true]\n`, [
    "manifest.yaml:5:21: secret_state.1: expected a string, got a boolean",
  ]],
  ["config keys the config lacks", `${MANIFEST}config_keys: { required: [a, __proto__] }\n`, [
    "its manifest requires config keys that are missing: a, __proto__; add them under plugins.echo.config",
  ]],
];

/** Broken `manifest.yaml` files of a plugin "echo". The problems leave out the folder of `plugins`. */
export const HOSTILE_MANIFESTS: readonly HostileFile[] = MANIFEST_ROWS.map(toFile);

function toFile([name, contents, problems]: Row): HostileFile {
  return { name, contents, problems };
}
