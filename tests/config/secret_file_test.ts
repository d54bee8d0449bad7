import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/config.ts";
import { describeProblem } from "../../src/document/problem.ts";

const SECRET = "s3cr3t-7f9a2b";

/** A folder with a config whose line 5 sets the plugin's config key `a`, and a file `token`. */
function createFolder(value: string, token: string | Uint8Array = `${SECRET}\n`, mode = 0o600) {
  const path = Deno.makeTempDirSync({ prefix: "senechal-secret-" });
  const text =
    `plugins:\n  echo:\n    schedule: { every: 5m }\n    config:\n      a: ${value}\n      b: 1\n`;
  Deno.writeTextFileSync(`${path}/config.yaml`, text);
  Deno.writeFileSync(
    `${path}/token`,
    typeof token === "string" ? new TextEncoder().encode(token) : token,
  );
  Deno.chmodSync(`${path}/token`, mode);
  return {
    path,
    load(env: Readonly<Record<string, string>> = {}) {
      return loadConfig(`${path}/config.yaml`, (name) => env[name]);
    },
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

type Folder = ReturnType<typeof createFolder>;

function problemsOf(folder: Folder): readonly string[] {
  const loaded = folder.load();
  assert.ok(!loaded.ok);
  return loaded.problems.map((problem) =>
    describeProblem(problem).replaceAll(folder.path, "FOLDER")
  );
}

function configOf(folder: Folder, env: Readonly<Record<string, string>> = {}) {
  const loaded = folder.load(env);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}

for (const end of ["", "\n", "\r\n"]) {
  Deno.test(`a file that ends in ${JSON.stringify(end)} gives its text without that`, () => {
    using folder = createFolder("${file:token}", SECRET + end);
    const config = configOf(folder);
    assert.deepEqual(config.plugins[0]?.config, { a: SECRET, b: 1 });
    assert.deepEqual([config.secrets, config.warnings], [[SECRET], []]);
    assert.deepEqual(config.secretFiles, [`${folder.path}/token`]);
  });
}

Deno.test("only one newline is cut, and what is read is no reference and no YAML", () => {
  using folder = createFolder('"x${file:token}y"', "\n${HOME} {a: 1}\n\n");
  assert.equal(configOf(folder).plugins[0]?.config.a, "x\n${HOME} {a: 1}\ny");
});

Deno.test("a path is relative to the config's folder, or absolute", () => {
  using folder = createFolder("${file:./token}");
  assert.equal(configOf(folder).plugins[0]?.config.a, SECRET);
  using other = createFolder(`\${file:${folder.path}/token}`, "not this one");
  assert.equal(configOf(other).plugins[0]?.config.a, SECRET);
});

Deno.test("a file is read once for each load, however often it is named", () => {
  using folder = createFolder('["${file:token}", "${file:./token}"]');
  const opened = Deno.readFileSync;
  let reads = 0;
  Deno.readFileSync = (path) => {
    if (String(path).endsWith("/token")) reads++;
    return opened(path);
  };
  try {
    const { plugins, secretFiles } = configOf(folder);
    assert.deepEqual(plugins[0]?.config.a, [SECRET, SECRET]);
    assert.deepEqual([reads, secretFiles], [1, [`${folder.path}/token`]]);
  } finally {
    Deno.readFileSync = opened;
  }
});

Deno.test("$${file: stays as it is, and ${file:-x} is the variable file", () => {
  using folder = createFolder('["$${file:token}", "${file:-x}", "${file}"]');
  const config = configOf(folder, { file: "of variable" });
  assert.deepEqual(config.plugins[0]?.config.a, ["${file:token}", "of variable", "of variable"]);
});

Deno.test("a file may be named in any value, and is a secret there", () => {
  using folder = createFolder("x", "a-name-of-it");
  const text = Deno.readTextFileSync(`${folder.path}/config.yaml`);
  Deno.writeTextFileSync(
    `${folder.path}/config.yaml`,
    `service: { name: "\${file:token}" }\n${text}`,
  );
  const config = configOf(folder);
  assert.deepEqual([config.service.name, config.secrets], ["a-name-of-it", ["a-name-of-it"]]);
});

Deno.test("a file in place of the name of a pool is not shown by the problem", () => {
  using folder = createFolder("x", "a-name-of-it");
  const path = `${folder.path}/config.yaml`;
  Deno.writeTextFileSync(path, `defaults: { pool: "\${file:token}" }\n`, { append: true });
  const loaded = loadConfig(path, () => undefined);
  const lines = loaded.ok ? [] : loaded.problems.map(describeProblem);
  assert.deepEqual(lines, [
    'config.yaml:7:13: defaults.pool: there is no pool "[secret]"; add it under pools',
  ]);
});

Deno.test("a variable is a secret in a plugin's config, but its default and HOME are none", () => {
  using folder = createFolder('["${A}", "${B:-default-of-b}", "${C:-default-of-c}", "${HOME}/x"]');
  const text = Deno.readTextFileSync(`${folder.path}/config.yaml`);
  const also = 'service: { name: "${ELSEWHERE}" }\n';
  Deno.writeTextFileSync(`${folder.path}/config.yaml`, also + text);
  const env = {
    A: "value-of-a",
    C: "value-of-c!",
    HOME: "/home/of-mine",
    ELSEWHERE: "elsewhere",
  };
  assert.deepEqual(configOf(folder, env).secrets, ["value-of-c!", "value-of-a"]);
});

const AT = "config.yaml:5:7: plugins.echo.config.a:";

/** What stands at the file's place, and why it cannot be read. */
const UNREADABLE: readonly (readonly [
  what: string,
  place: (path: string) => void,
  reason: string,
])[] = [
  ["nothing", () => {}, "no such file; create it, or name another one"],
  ["a folder", (path) => Deno.mkdirSync(path), "it is a folder, not a file"],
  [
    "a FIFO, which would hang a reader",
    (path) => new Deno.Command("mkfifo", { args: [path] }).outputSync(),
    "it is not a regular file",
  ],
  ["a device", (path) => Deno.symlinkSync("/dev/zero", path), "it is not a regular file"],
  [
    "a file of 65,537 bytes",
    (path) => Deno.writeTextFileSync(path, SECRET + "x".repeat(65_537 - SECRET.length)),
    "it has 65537 bytes, the limit is 65536",
  ],
  [
    "a file that is not UTF-8",
    (path) => Deno.writeFileSync(path, new TextEncoder().encode(SECRET).with(3, 0xff)),
    "it is not valid UTF-8",
  ],
  [
    "a file with a NUL",
    (path) => Deno.writeTextFileSync(path, `${SECRET}\0`),
    "it contains NUL bytes, so it is damaged",
  ],
];

for (const [what, place, reason] of UNREADABLE) {
  Deno.test(`with ${what} in place of a file, the problem has its place and shows no contents`, () => {
    using folder = createFolder("${file:token}");
    Deno.removeSync(`${folder.path}/token`);
    place(`${folder.path}/token`);
    assert.deepEqual(problemsOf(folder), [`${AT} cannot read the file token: ${reason}`]);
  });
}

Deno.test("a file of 65,536 bytes is read", () => {
  using folder = createFolder("${file:token}", "x".repeat(65_536));
  assert.equal(configOf(folder).secrets[0]?.length, 65_536);
});

const NAMES: readonly (readonly [value: string, problem: string])[] = [
  ["${file:}", "${file:} lacks a path; write ${file:PATH}"],
  [
    '"${file:${HOME}/token}"',
    "the path of a file ends at the first }, so it must not contain { or another ${NAME}",
  ],
  [
    '"${file:token"',
    "invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${",
  ],
  [
    '"${File:token}"',
    "invalid variable reference; write ${NAME} or ${NAME:-default}, or $${ for a literal ${",
  ],
  [
    '"${file:to\\u001b[1mken}"',
    "cannot read the file to\\u001b[1mken: no such file; create it, or name another one",
  ],
];

for (const [value, problem] of NAMES) {
  Deno.test(`${value} is refused with its place`, () => {
    using folder = createFolder(value);
    assert.deepEqual(problemsOf(folder), [`${AT} ${problem}`]);
  });
}

Deno.test("a file that everyone can read gives a warning at its place, and is read", () => {
  for (const [mode, isPublic] of [[0o604, true], [0o660, false]] as const) {
    using folder = createFolder("${file:token}", SECRET, mode);
    const config = configOf(folder);
    assert.deepEqual(config.secrets, [SECRET]);
    const warning = `${AT} everyone can read the file token; run chmod o-r on it`;
    assert.deepEqual(config.warnings.map(describeProblem), isPublic ? [warning] : []);
  }
});
