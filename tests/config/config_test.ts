import assert from "node:assert/strict";
import { loadConfig, type LoadedConfig } from "../../src/config/config.ts";
import { describeProblem } from "../../src/document/problem.ts";

const PLUGIN = "plugins:\n  echo:\n    schedule: { every: 5m }\n";
const HINT = "write it as 500ms, 90s, 5m, 6h, 1d, 2w, 1h30m, hourly, daily or weekly";

/** Loads a config with this text from a new folder, called FOLDER in the result. */
function load(text: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-config-" });
  try {
    Deno.writeTextFileSync(`${folder}/config.yaml`, text);
    const loaded = loadConfig(`${folder}/config.yaml`, (name) => env[name]);
    return JSON.parse(JSON.stringify(loaded).replaceAll(folder, "FOLDER"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function problemsOf(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const loaded = load(text, env);
  return loaded.ok ? [] : loaded.problems.map(describeProblem);
}

/** The config with a text that must load. */
function configOf(text: string, env: Readonly<Record<string, string>> = {}) {
  const loaded = load(text, env);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const { text: whole, ...config } = loaded.config;
  assert.equal(whole, text);
  return config;
}

Deno.test("a key that the file leaves out has its documented default", () => {
  assert.deepEqual(configOf(PLUGIN), {
    path: "FOLDER/config.yaml",
    service: {
      name: "senechal-gw",
      tickIntervalMs: 60_000,
      logLevel: "info",
      jobLogRetentionMs: 30 * 86_400_000,
      maxRunning: 4,
      shutdownGraceMs: 30_000,
    },
    lanes: { total: 4, pools: {} },
    statePath: "FOLDER/data/state.db",
    pluginsDir: "FOLDER/plugins",
    plugins: [{
      name: "echo",
      schedule: { everyMs: 300_000, jitterMs: 0 },
      config: {},
      timeoutsMs: { poll: 60_000 },
      maxAttempts: 4,
      env: [],
    }],
    disabled: [],
    secrets: [],
    secretFiles: [],
    warnings: [],
  });
});

Deno.test("the config has what the file says", () => {
  const text = `
service:
  name: house
  tick_interval: 10s
  log_level: debug
  log_format: text
  job_log_retention: 1w
  max_running: 8
  shutdown_grace: 0s
state: { path: var/gateway.db }
plugins_dir: ../lib/plugins
pools: { nas: 1 }
plugins:
  echo:
    enabled: true
    schedule: { every: hourly, jitter: 1h }
    config: { token: "\${TOKEN}", list: [1, null, { a: true }] }
    timeouts: { poll: 5m }
    max_attempts: 1
    retry: {}
    circuit_breaker: { threshold: 5 }
    pool: nas
    env: [PATH, _X1]
  off: { enabled: false }
`;
  const config = configOf(text, { TOKEN: "s3cret" });
  assert.deepEqual(config, {
    path: "FOLDER/config.yaml",
    service: {
      name: "house",
      tickIntervalMs: 10_000,
      logLevel: "debug",
      logFormat: "text",
      jobLogRetentionMs: 7 * 86_400_000,
      maxRunning: 8,
      shutdownGraceMs: 0,
    },
    lanes: { total: 8, pools: {} },
    statePath: "FOLDER/var/gateway.db",
    pluginsDir: "/tmp/lib/plugins",
    plugins: [{
      name: "echo",
      schedule: { everyMs: 3_600_000, jitterMs: 3_600_000 },
      config: { token: "s3cret", list: [1, null, { a: true }] },
      timeoutsMs: { poll: 300_000 },
      maxAttempts: 1,
      retry: { backoffBaseMs: 30_000, backoffMaxMs: 3_600_000 },
      circuitBreaker: { threshold: 5, resetAfterMs: 1_800_000 },
      pool: "nas",
      env: ["PATH", "_X1"],
    }],
    disabled: ["off"],
    secrets: [],
    secretFiles: [],
    warnings: [],
  });
});

Deno.test("a pool is how many jobs of its entries may run at once, whatever its name", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-config-" });
  const path = `${folder}/config.yaml`;
  Deno.writeTextFileSync(path, `pools: { nas: 1, "the api": 1000, toString: 2 }\n${PLUGIN}`);
  const loaded = loadConfig(path, () => undefined);
  Deno.removeSync(folder, { recursive: true });
  assert.ok(loaded.ok);
  const pools = new Map([["nas", 1], ["the api", 1_000], ["toString", 2]]);
  assert.deepEqual(loaded.config.lanes, { total: 4, pools });
});

Deno.test("absolute paths stay as they are", () => {
  const config = configOf(`state: { path: /var/lib/s/state.db }\nplugins_dir: /opt/p\n${PLUGIN}`);
  assert.deepEqual([config.statePath, config.pluginsDir], ["/var/lib/s/state.db", "/opt/p"]);
});

Deno.test("a config with a relative path gets absolute paths next to it", () => {
  const config = loadConfig("config.yaml", () => undefined);
  assert.ok(config.ok);
  assert.equal(config.config.path, `${Deno.cwd()}/config.yaml`);
  assert.equal(config.config.pluginsDir, `${Deno.cwd()}/plugins`);
});

const WITH_DEFAULTS = `
pools: { nas: 1 }
defaults:
  timeouts: { poll: 5m }
  max_attempts: 3
  retry: { backoff_base: 1m }
  circuit_breaker: {}
  pool: nas
  env: [TZ]
plugins:
`;
const SCHEDULE = "schedule: { every: 5m }";

Deno.test("an entry has what defaults say, but for what it says itself", () => {
  const text = `${WITH_DEFAULTS}
  plain: { ${SCHEDULE} }
  other:
    ${SCHEDULE}
    timeouts: { poll: 1m }
    max_attempts: 1
    retry: { backoff_max: 10m }
    circuit_breaker: { threshold: 1 }
    env: []
  off: { ${SCHEDULE}, retry: false, circuit_breaker: false, pool: false }
`;
  const common = { schedule: { everyMs: 300_000, jitterMs: 0 }, config: {} };
  const standard = {
    ...common,
    timeoutsMs: { poll: 300_000 },
    maxAttempts: 3,
    retry: { backoffBaseMs: 60_000, backoffMaxMs: 3_600_000 },
    circuitBreaker: { threshold: 3, resetAfterMs: 1_800_000 },
    pool: "nas",
    env: ["TZ"],
  };
  const { retry: _, circuitBreaker: __, pool: ___, ...off } = standard;
  assert.deepEqual(configOf(text).plugins, [
    { ...standard, name: "plain" },
    {
      ...common,
      name: "other",
      timeoutsMs: { poll: 60_000 },
      maxAttempts: 1,
      retry: { backoffBaseMs: 60_000, backoffMaxMs: 600_000 },
      circuitBreaker: { threshold: 1, resetAfterMs: 1_800_000 },
      pool: "nas",
      env: [],
    },
    { ...off, name: "off" },
  ]);
});

Deno.test("a problem is where it was written, once, however many entries inherit it", () => {
  const entries = `plugins:\n  a: { ${SCHEDULE} }\n  b: { ${SCHEDULE}, max_attempts: 0 }\n`;
  assert.deepEqual(problemsOf(`defaults:\n  max_attempts: none\n  env: TZ\n${entries}`), [
    "config.yaml:2:3: defaults.max_attempts: expected a number, got a string",
    "config.yaml:3:3: defaults.env: expected a list, got a string",
    "config.yaml:6:33: plugins.b.max_attempts: must be at least 1",
  ]);
  const pools = "pools: { nas: 1 }\ndefaults: { pool: nsa }\nplugins:\n";
  const inPools =
    `  a: { ${SCHEDULE} }\n  b: { ${SCHEDULE}, pool: api }\n  c: { enabled: false }\n`;
  assert.deepEqual(problemsOf(`${pools}${inPools}`), [
    'config.yaml:2:13: defaults.pool: there is no pool "nsa"; did you mean "nas"?',
    'config.yaml:5:33: plugins.b.pool: there is no pool "api"; add it under pools',
  ]);
});

Deno.test("a variable in defaults that is not set is reported once", () => {
  const entries = `plugins:\n  a: { ${SCHEDULE} }\n  b: { ${SCHEDULE} }\n`;
  assert.deepEqual(problemsOf(`defaults: { timeouts: { poll: "\${T}" } }\n${entries}`), [
    "config.yaml:1:25: defaults.timeouts.poll: environment variable T is not set; set it, or " +
    "write ${T:-default}",
  ]);
});

Deno.test("plugins keep the order of the file", () => {
  const entry = "{ schedule: { every: 5m } }";
  const config = configOf(`plugins: { zebra: ${entry}, ant: ${entry}, mole: ${entry} }\n`);
  assert.deepEqual(config.plugins.map(({ name }) => name), ["zebra", "ant", "mole"]);
});

Deno.test("a disabled plugin needs no schedule and is left out", () => {
  const config = configOf(`${PLUGIN}  off: { enabled: false }\n  bare: { enabled: false }\n`);
  assert.deepEqual(config.plugins.map(({ name }) => name), ["echo"]);
});

Deno.test("a disabled plugin is still checked", () => {
  assert.deepEqual(problemsOf(`${PLUGIN}  off: { enabled: false, schedule: { every: 1y } }\n`), [
    `config.yaml:4:38: plugins.off.schedule.every: not a duration; ${HINT}`,
  ]);
});

Deno.test("a config may have no plugin at all", () => {
  assert.deepEqual(configOf("plugins: {}\n").plugins, []);
});

Deno.test("a schedule may be shared by an anchor", () => {
  const text = "plugins:\n  a: { schedule: &often { every: 5m } }\n  b: { schedule: *often }\n";
  assert.deepEqual(configOf(text).plugins.map(({ schedule }) => schedule.everyMs), [
    300_000,
    300_000,
  ]);
});

const service = (line: string) => `service:\n  ${line}\n${PLUGIN}`;
const plugin = (line: string) => `${PLUGIN}    ${line}\n`;
const schedule = (line: string) => `plugins:\n  echo:\n    schedule:\n      ${line}\n`;

const LIMITS: readonly (readonly [text: string, problem: string | undefined])[] = [
  [service("tick_interval: 100ms"), undefined],
  [service("tick_interval: 99ms"), "2:3: service.tick_interval: must be at least 100ms"],
  [service("tick_interval: 1d"), undefined],
  [service("tick_interval: 1d1ms"), "2:3: service.tick_interval: must be at most 1d"],
  [service("job_log_retention: 1m"), undefined],
  [service("job_log_retention: 59s"), "2:3: service.job_log_retention: must be at least 1m"],
  [service("job_log_retention: 520w"), undefined],
  [service("job_log_retention: 3650d"), "2:3: service.job_log_retention: must be at most 520w"],
  [service("shutdown_grace: 520w"), undefined],
  [service("shutdown_grace: 520w1ms"), "2:3: service.shutdown_grace: must be at most 520w"],
  [service('name: ""'), "2:3: service.name: must not be empty"],
  [schedule("every: 100ms"), undefined],
  [schedule("every: 99ms"), "4:7: plugins.echo.schedule.every: must be at least 100ms"],
  [schedule("every: 520w1s"), "4:7: plugins.echo.schedule.every: must be at most 520w"],
  [schedule("{ every: 5m, jitter: 5m }"), undefined],
  [
    schedule("{ every: 5m, jitter: 301s }"),
    "4:20: plugins.echo.schedule.jitter: must not exceed schedule.every",
  ],
  [plugin("timeouts: { poll: 100ms }"), undefined],
  [
    plugin("timeouts: { poll: 99ms }"),
    "4:17: plugins.echo.timeouts.poll: must be at least 100ms",
  ],
  [plugin("timeouts: { poll: 7d }"), undefined],
  [plugin("timeouts: { poll: 7d1s }"), "4:17: plugins.echo.timeouts.poll: must be at most 7d"],
  [plugin("max_attempts: 1"), undefined],
  [plugin("max_attempts: 0"), "4:5: plugins.echo.max_attempts: must be at least 1"],
  [plugin("max_attempts: 1000"), undefined],
  [plugin("max_attempts: 1001"), "4:5: plugins.echo.max_attempts: must be at most 1000"],
];

for (const [text, problem] of LIMITS) {
  const line = text.replace(PLUGIN, "").trim().replaceAll(/\s*\n\s*/g, " ");
  Deno.test(`"${line}" ${problem === undefined ? "is within its limits" : "is refused"}`, () => {
    assert.deepEqual(problemsOf(text), problem === undefined ? [] : [`config.yaml:${problem}`]);
  });
}

const LATER: readonly (readonly [text: string, place: string])[] = [
  [`${PLUGIN}webhooks: {}\n`, "4:1: webhooks"],
  [`${PLUGIN}routes: []\n`, "4:1: routes"],
  [service("dedupe_ttl: 1d"), "2:3: service.dedupe_ttl"],
  [service("max_outstanding_polls: 2"), "2:3: service.max_outstanding_polls"],
  [plugin("dedupe_ttl: 1d"), "4:5: plugins.echo.dedupe_ttl"],
  [plugin("max_outstanding_polls: 2"), "4:5: plugins.echo.max_outstanding_polls"],
  [
    schedule("{ every: 5m, preferred_window: x }"),
    "4:20: plugins.echo.schedule.preferred_window",
  ],
];

for (const [text, place] of LATER) {
  Deno.test(`a key of a later version is reported as one: ${place}`, () => {
    assert.deepEqual(problemsOf(text), [
      `config.yaml:${place}: this version does not support it; remove it`,
    ]);
  });
}

const MISSPELT: readonly (readonly [text: string, problem: string])[] = [
  [`${PLUGIN}plugin_dir: x\n`, '4:1: plugin_dir: unknown key, did you mean "plugins_dir"?'],
  [
    service("log_lvl: info"),
    '2:3: service.log_lvl: unknown key, did you mean "log_level"?',
  ],
  [
    schedule("{ every: 5m, jiter: 1m }"),
    '4:20: plugins.echo.schedule.jiter: unknown key, did you mean "jitter"?',
  ],
  [
    plugin("timeouts: { pol: 5s }"),
    '4:17: plugins.echo.timeouts.pol: unknown key, did you mean "poll"?',
  ],
  [
    "state: { file: x }\n" + PLUGIN,
    "1:10: state.file: unknown key, expected one of: path",
  ],
  [plugin("Enabled: true"), '4:5: plugins.echo.Enabled: unknown key, did you mean "enabled"?'],
];

for (const [text, problem] of MISSPELT) {
  Deno.test(`an unknown key is reported with what was meant: ${problem}`, () => {
    assert.deepEqual(problemsOf(text), [`config.yaml:${problem}`]);
  });
}

Deno.test("all problems are reported at once, in file order", () => {
  const text = `service:
  tick_interval: 10
  log_level: loud
plugins_dir: [a]
routes: []
plugins:
  b:
    schedule: { every: soon, jitter: 1m }
    config: { token: "\${TOKEN}", urls: ["\${URL} \${PORT}"] }
  a: {}
  A: { enabled: false }
statee: {}
`;
  assert.deepEqual(problemsOf(text), [
    `config.yaml:2:3: service.tick_interval: expected a duration; ${HINT}`,
    'config.yaml:3:3: service.log_level: expected "debug" or "info" or "warn" or "error"',
    "config.yaml:4:1: plugins_dir: expected a string, got a list",
    "config.yaml:5:1: routes: this version does not support it; remove it",
    `config.yaml:8:17: plugins.b.schedule.every: not a duration; ${HINT}`,
    "config.yaml:9:15: plugins.b.config.token: environment variable TOKEN is not set; set it, or write ${TOKEN:-default}",
    "config.yaml:9:41: plugins.b.config.urls.0: environment variable PORT is not set; set it, or write ${PORT:-default}",
    "config.yaml:9:41: plugins.b.config.urls.0: environment variable URL is not set; set it, or write ${URL:-default}",
    "config.yaml:10:3: plugins.a.schedule: required if the plugin is enabled: add schedule.every",
    "config.yaml:11:3: plugins.A: not a plugin name: lower-case letters, digits, - and _ only, " +
    "a letter or digit first",
    'config.yaml:12:1: statee: unknown key, did you mean "state"?',
  ]);
});

Deno.test("a value with an unset variable has one problem, and none with its form", () => {
  assert.deepEqual(problemsOf(schedule('every: "${EVERY}"')), [
    "config.yaml:4:7: plugins.echo.schedule.every: environment variable EVERY is not set; set it, or write ${EVERY:-default}",
  ]);
});

Deno.test("variables may be used wherever a string may, and are checked like one", () => {
  const text = service("tick_interval: ${TICK}");
  assert.equal(configOf(text, { TICK: "5s" }).service.tickIntervalMs, 5_000);
  assert.deepEqual(problemsOf(text, { TICK: "s3cret" }), [
    `config.yaml:2:3: service.tick_interval: not a duration; ${HINT}`,
  ]);
});

Deno.test("a variable cannot put YAML into the config", () => {
  const env = { TOKEN: "x\nplugins: {}\n# " };
  const [echo] = configOf(plugin('config: { token: "$${A}${TOKEN}" }'), env).plugins;
  assert.deepEqual(echo?.config, { token: "${A}x\nplugins: {}\n# " });
});

const S = "hunter2";
const WITH_SECRET = [
  ...[`"${S}`, `'${S}`, `'a'${S}`, `"\\x${S}"`, `|${S}`, `@${S}`, `%${S}`, `\`${S}`, `*${S}`],
  ...[`!${S} x`, `!<${S}`, `{ ${S}`, `[${S}`, `]${S}`, `}${S}`, `{} ${S}`, `[] ${S}`, `a: ${S}: b`],
  ...[`"\${${S}"`, `{ a: b, a: ${S} }`, `&a &b ${S}`, `>${S}\n x`, `\t- ${S}`, `- ${S}`],
].map((value) => plugin(`config: { }\n    env: ${value}`)).concat(
  service(`name: [${S}]`),
  service(`log_level: ${S}`),
  service(`tick_interval: ${S}`),
  plugin(`enabled: ${S}`),
  plugin(`max_attempts: ${S}`),
  plugin(`env: [=${S}]`),
  `plugins: ${S}\n`,
  S,
);

for (const text of WITH_SECRET) {
  Deno.test(`no problem shows a value of ${JSON.stringify(text.slice(-40))}`, () => {
    const problems = problemsOf(text);
    assert.notEqual(problems.length, 0);
    assert.ok(!problems.join("\n").includes(S), problems.join("\n"));
  });
}

Deno.test("a missing file is reported as missing, by the path given", () => {
  const loaded = loadConfig("no/such/config.yaml", () => undefined);
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.problems.map(describeProblem), [
    "Cannot read no/such/config.yaml: no such file; create it, or name another one",
  ]);
});

Deno.test("a folder is not a config", () => {
  const loaded = loadConfig("src", () => undefined);
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.problems.map(describeProblem), [
    "Cannot read src: it is a folder, not a file",
  ]);
});

Deno.test("an empty file lacks its plugins", () => {
  assert.deepEqual(problemsOf(""), ["config.yaml:1:1: plugins: required, but missing"]);
});

Deno.test("a file of exactly one megabyte is read, one byte more is not", () => {
  const fill = "#".repeat(1024 * 1024 - PLUGIN.length);
  assert.deepEqual(problemsOf(PLUGIN + fill), []);
  assert.deepEqual(problemsOf(`${PLUGIN}${fill}#`), [
    "Cannot read FOLDER/config.yaml: it has 1048577 bytes, the limit is 1048576",
  ]);
});

Deno.test("a variable that one value names twice is reported once", () => {
  const text = PLUGIN + '    config: { url: "${HOST}/${HOST}" }\n';
  assert.deepEqual(problemsOf(text), [
    "config.yaml:4:15: plugins.echo.config.url: environment variable HOST is not set; set it, or " +
    "write ${HOST:-default}",
  ]);
});

Deno.test("problems at one place are in the order of their keys", () => {
  const text = PLUGIN.replace("    schedule: { every: 5m }\n", "    dedupe_ttl: 1d\n    max: 1\n");
  assert.deepEqual(
    problemsOf(`${text}    env: []\n`).map((line) => line.slice(0, 40)),
    [
      "config.yaml:2:3: plugins.echo.schedule: ",
      "config.yaml:3:5: plugins.echo.dedupe_ttl",
      "config.yaml:4:5: plugins.echo.max: unkno",
    ],
  );
  assert.deepEqual(problemsOf("").concat(problemsOf("service: []\n")), [
    "config.yaml:1:1: plugins: required, but missing",
    "config.yaml:1:1: plugins: required, but missing",
    "config.yaml:1:1: service: expected a map of keys, got a list",
  ]);
});

Deno.test("a database must not have the name of the lock beside it", () => {
  const [problem = ""] = problemsOf(`state: { path: ./x/senechal-gw.lock }\n${PLUGIN}`);
  assert.match(
    problem,
    /^config\.yaml:1:\d+: state\.path: must not lead to a file named senechal-gw/,
  );
});
