import assert from "node:assert/strict";
import { describeProblem } from "../../src/document/problem.ts";
import { type LoadedManifest, loadManifest } from "../../src/plugin/manifest.ts";

const LEAST = "name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n";
const BAD_NAME =
  "not a plugin name: lower-case letters, digits, - and _ only, a letter or digit first";

/** The manifest, with the lines that an operator sees. */
function shown(loaded: LoadedManifest) {
  return loaded.ok
    ? { ...loaded, warnings: loaded.warnings.map(describeProblem) }
    : { ...loaded, problems: loaded.problems.map(describeProblem) };
}

function load(text: string) {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-manifest-" });
  try {
    Deno.writeTextFileSync(`${folder}/manifest.yaml`, text);
    return shown(loadManifest(`${folder}/manifest.yaml`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a manifest may leave out all but four keys", () => {
  assert.deepEqual(load(LEAST), {
    ok: true,
    manifest: {
      name: "echo",
      protocol: 1,
      entrypoint: "run.sh",
      commands: ["poll"],
      config_keys: {},
      state_on_error: [],
      secret_state: [],
    },
    warnings: [],
  });
});

Deno.test("the manifest of the echo plugin loads without a warning", () => {
  const loaded = loadManifest("plugins/echo/manifest.yaml");
  assert.ok(loaded.ok);
  assert.equal(loaded.manifest.name, "echo");
  assert.equal(loaded.manifest.version, "0.1.0");
  assert.deepEqual(loaded.warnings, []);
});

Deno.test("commands may name more than poll", () => {
  const loaded = load(LEAST.replace("[poll]", "[handle, poll, health]"));
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.manifest.commands, ["handle", "poll", "health"]);
});

Deno.test("keys of the state may be named that are stored on error, and that are secret", () => {
  const loaded = load(`${LEAST}state_on_error: [token]\nsecret_state: [token, cookie]\n`);
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.manifest.state_on_error, ["token"]);
  assert.deepEqual(loaded.manifest.secret_state, ["token", "cookie"]);
  assert.deepEqual(loaded.warnings, []);
});

Deno.test("either list of config keys may be there alone", () => {
  const loaded = load(`${LEAST}config_keys: { required: [token] }\n`);
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.manifest.config_keys, { required: ["token"] });
});

Deno.test("a manifest does not read the environment", () => {
  const loaded = load(`${LEAST}description: \${HOME}\n`);
  assert.ok(loaded.ok);
  assert.equal(loaded.manifest.description, "${HOME}");
});

Deno.test("unknown keys give warnings, with their place and what may have been meant", () => {
  const loaded = load(
    `retries: 3\n${LEAST}Version: "1"\nconfig_keys:\n  require: [a]\n  secret: [b]\n`,
  );
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.warnings, [
    "manifest.yaml:1:1: retries: unknown key, expected one of: name, version, protocol, entrypoint, " +
    "description, commands, config_keys, state_on_error, secret_state",
    'manifest.yaml:6:1: Version: unknown key, did you mean "version"?',
    'manifest.yaml:8:3: config_keys.require: unknown key, did you mean "required"?',
    "manifest.yaml:9:3: config_keys.secret: unknown key, expected one of: required, optional",
  ]);
});

const REFUSED: readonly (readonly [key: string, value: string, problem: string])[] = [
  ["name", "Echo", BAD_NAME],
  ["name", "-echo", BAD_NAME],
  ["name", "ec.ho", BAD_NAME],
  ["name", '"echo\\n"', BAD_NAME],
  ["name", "3", "expected a string, got a number"],
  ["protocol", "2", "unsupported protocol; this gateway supports only protocol 1"],
  ["protocol", "0", "unsupported protocol; this gateway supports only protocol 1"],
  ["protocol", '"1"', "unsupported protocol; this gateway supports only protocol 1"],
  ["protocol", "[1]", "unsupported protocol; this gateway supports only protocol 1"],
  ["entrypoint", '""', "must not be empty"],
  ["entrypoint", "true", "expected a string, got a boolean"],
  ["commands", "[]", 'must contain "poll"'],
  ["commands", "[Poll]", 'must contain "poll"'],
  ["commands", "poll", "expected a list, got a string"],
];

for (const [key, value, problem] of REFUSED) {
  Deno.test(`a manifest with ${key}: ${value} is refused`, () => {
    const text = LEAST.replace(new RegExp(`^${key}: .*$`, "m"), () => `${key}: ${value}`);
    const line = LEAST.split("\n").findIndex((one) => one.startsWith(key)) + 1;
    const problems = [`manifest.yaml:${line}:1: ${key}: ${problem}`];
    assert.deepEqual(load(text), { ok: false, problems });
  });
}

Deno.test("a version that YAML reads as a number must be quoted", () => {
  assert.deepEqual(load(`${LEAST}version: 1.0\n`), {
    ok: false,
    problems: ['manifest.yaml:5:1: version: expected a string; quote it, such as "1.0"'],
  });
});

for (const key of ["name", "entrypoint", "commands"]) {
  Deno.test(`a manifest without ${key} is refused`, () => {
    const text = LEAST.replace(new RegExp(`^${key}: .*\n`, "m"), "");
    const problems = [`manifest.yaml:1:1: ${key}: required, but missing`];
    assert.deepEqual(load(text), { ok: false, problems });
  });
}

Deno.test("a manifest without protocol is refused as if its protocol were unknown", () => {
  assert.deepEqual(load(LEAST.replace("protocol: 1\n", "")), {
    ok: false,
    problems: [
      "manifest.yaml:1:1: protocol: unsupported protocol; this gateway supports only protocol 1",
    ],
  });
});

for (
  const [key, problem] of [
    ["entrypoint", "required, but missing"],
    ["protocol", "unsupported protocol; this gateway supports only protocol 1"],
  ] as const
) {
  Deno.test(`if ${key} is missing, a similar key is named`, () => {
    const typo = key.replace("o", "");
    const problems = [`manifest.yaml:1:1: ${key}: ${problem}; the key "${typo}" looks mistyped`];
    assert.deepEqual(load(LEAST.replace(key, typo)), { ok: false, problems });
  });
}

Deno.test("a key with another meaning is not named if one is missing", () => {
  const loaded = load(LEAST.replace("entrypoint", "x_entry").replace("commands", "command_line"));
  assert.ok(!JSON.stringify(loaded).includes("looks mistyped"));
});

Deno.test("all problems of a manifest are shown at once", () => {
  const loaded = load("name: E\nprotocol: 2\ncommands: [x]\nconfig_keys: { required: [1] }\n");
  assert.deepEqual(loaded, {
    ok: false,
    problems: [
      `manifest.yaml:1:1: name: ${BAD_NAME}`,
      "manifest.yaml:2:1: protocol: unsupported protocol; this gateway supports only protocol 1",
      "manifest.yaml:1:1: entrypoint: required, but missing",
      'manifest.yaml:3:1: commands: must contain "poll"',
      "manifest.yaml:4:27: config_keys.required.0: expected a string, got a number",
    ],
  });
});

Deno.test("a missing manifest is refused with its path", () => {
  const problems = [
    "Cannot read nowhere/manifest.yaml: no such file; create it, or name another one",
  ];
  assert.deepEqual(shown(loadManifest("nowhere/manifest.yaml")), { ok: false, problems });
});
