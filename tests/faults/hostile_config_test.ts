import fc from "fast-check";
import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/config.ts";
import { describeProblem, type FileProblem } from "../../src/document/problem.ts";
import { loadManifest } from "../../src/plugin/manifest.ts";
import { describeRefused } from "../../src/plugin/refusal.ts";
import { discoverPlugins } from "../../src/plugin/setup.ts";
import { pluginEntry } from "../support/setup.ts";
import { HOSTILE_CONFIGS, HOSTILE_MANIFESTS, type HostileFile } from "./hostile_files.ts";

const notSet = () => undefined;

/** A temporary folder for one test. */
function openTempFolder(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "senechal-hostile-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function put(path: string, contents: HostileFile["contents"]): void {
  const made = typeof contents === "function" ? contents() : contents;
  if (typeof made === "string") Deno.writeTextFileSync(path, made);
  else if (made instanceof Uint8Array) Deno.writeFileSync(path, made);
  else made.place(path);
}

/** The lines that an operator sees for a config with these contents; none if it loads. */
function problemsOfConfig(contents: HostileFile["contents"]): readonly string[] {
  using folder = openTempFolder();
  put(`${folder.path}/config.yaml`, contents);
  const loaded = loadConfig(`${folder.path}/config.yaml`, notSet);
  return loaded.ok
    ? []
    : loaded.problems.map((problem) => describeProblem(problem).replaceAll(folder.path, ""));
}

/** Why a plugin "echo" with this manifest is refused; empty if it loads. */
function refusalsOfManifest(contents: HostileFile["contents"]): readonly string[] {
  using folder = openTempFolder();
  Deno.mkdirSync(`${folder.path}/echo`, { mode: 0o755 });
  Deno.writeTextFileSync(`${folder.path}/echo/run.sh`, "#!/bin/sh\n", { mode: 0o755 });
  put(`${folder.path}/echo/manifest.yaml`, contents);
  const { refused } = discoverPlugins(folder.path, [pluginEntry()]);
  return refused.map((one) => describeRefused(one).replaceAll(folder.path, ""));
}

for (const { name, contents, problems } of HOSTILE_CONFIGS) {
  Deno.test(`a config.yaml with ${name} is refused with its exact lines`, () => {
    assert.notEqual(problems.length, 0);
    assert.deepEqual(problemsOfConfig(contents), problems);
  });
}

for (const { name, contents, problems } of HOSTILE_MANIFESTS) {
  Deno.test(`a manifest.yaml with ${name} is refused with its exact lines`, () => {
    const error = `Cannot load plugin "echo": ${problems.join("; ")}`;
    assert.deepEqual(refusalsOfManifest(contents), [error]);
  });
}

Deno.test("no problem in the corpus spans lines, ends in a full stop or shows a secret", () => {
  const lines = [...HOSTILE_CONFIGS, ...HOSTILE_MANIFESTS].flatMap(({ problems }) => problems);
  assert.deepEqual(lines.filter((line) => /\p{Cc}|\.$|hunter/u.test(line)), []);
});

const CONFIG = `# A config with most of what YAML offers
plugins_dir: ./plugins
service: { name: "house", log_level: debug, tick_interval: 1m30s }
state:
  path: './data/state.db'
plugins:
  echo: &echo
    schedule: &often { every: 5m, jitter: 1m }
    config:
      url: "https://example.org/\\u00e9?a=b#c"
      text: |
        two
          lines
      list: [1, 2.5, -3, null, true, ~, { a: b }]
      home: \${HOME:-/root}
    env: [PATH, TZ]
    timeouts: { poll: 60s }
  other:
    schedule: *often
    max_attempts: 3
`;

const MANIFEST = `# yaml-language-server: $schema=x
name: echo
version: "0.1.0"
protocol: 1
entrypoint: run.sh
description: >-
  Reads input,
  echoes it
commands: [poll]
config_keys:
  required: []
  optional: ["token", 'url']
`;

/** A text with one character or one line removed, added or replaced. */
function mutationOf(text: string): fc.Arbitrary<string> {
  const syntax = fc.constantFrom(..."\t\n\r\0 :-?,[]{}#&*!|>'\"%@`\\~$<=.0é\ufeff\u2028\u{1F600}");
  const edit = (parts: readonly string[], piece: fc.Arbitrary<string>) =>
    fc.tuple(fc.nat(parts.length - 1), fc.nat(1), fc.option(piece, { nil: "" }))
      .map(([at, removed, put]) =>
        [...parts.slice(0, at), put, ...parts.slice(at + removed)].join("")
      );
  const lines = text.split(/(?<=\n)/);
  const line = fc.oneof(fc.constantFrom(...lines, "---\n", "...\n", "<<: *echo\n"), syntax);
  return fc.oneof(
    edit([...text], fc.oneof(syntax, fc.string({ maxLength: 1 }))),
    edit(lines, line),
  );
}

Deno.test("the valid config and manifest behind the mutations load", () => {
  assert.deepEqual(problemsOfConfig(CONFIG), []);
  assert.deepEqual(refusalsOfManifest(MANIFEST), []);
});

Deno.test("a config with one mutation loads or is refused with located lines", () => {
  using folder = openTempFolder();
  const path = `${folder.path}/config.yaml`;
  fc.assert(
    fc.property(mutationOf(CONFIG), (text) => {
      Deno.writeTextFileSync(path, text);
      const loaded = loadConfig(path, notSet);
      if (!loaded.ok) assertLocated(loaded.problems, /^(config\.yaml:\d+:\d+: |Cannot read \/)./);
    }),
    { numRuns: 1500 },
  );
});

Deno.test("a manifest with one mutation loads or is refused with located lines", () => {
  using folder = openTempFolder();
  const path = `${folder.path}/manifest.yaml`;
  fc.assert(
    fc.property(mutationOf(MANIFEST), (text) => {
      Deno.writeTextFileSync(path, text);
      const loaded = loadManifest(path);
      const located = /^(manifest\.yaml:\d+:\d+: |Cannot read \/)./;
      assertLocated(loaded.ok ? loaded.warnings : loaded.problems, located, loaded.ok ? 0 : 1);
    }),
    { numRuns: 1500 },
  );
});

function assertLocated(problems: readonly FileProblem[], located: RegExp, atLeast = 1): void {
  assert.ok(problems.length >= atLeast);
  for (const line of problems.map(describeProblem)) {
    assert.match(line, located);
    assert.doesNotMatch(line, /\p{Cc}| {4}at |undefined|\[object/u);
  }
}
