import fc from "fast-check";
import assert from "node:assert/strict";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { generateReadme, generateSchemas } from "../scripts/write_schemas.ts";
import { formatDuration, parseDuration } from "../src/base/duration.ts";
import { isJsonObject, type JsonObject } from "../src/base/json.ts";
import { loadConfig } from "../src/config/config.ts";
import { loadManifest } from "../src/plugin/manifest.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const EXAMPLES = [...Deno.readDirSync(`${ROOT}/examples/plugins`)].map(({ name }) => name).sort();
const MANIFESTS = [
  "plugins/echo",
  "plugins/exec",
  ...EXAMPLES.map((name) => `examples/plugins/${name}`),
]
  .map((folder) => `${ROOT}${folder}/manifest.yaml`);
const CONFIGS = [`${ROOT}config.yaml`, `${ROOT}contrib/config.yaml`].concat(
  [...Deno.readDirSync(`${ROOT}/examples`)].filter(({ isFile }) => isFile)
    .map(({ name }) => `${ROOT}examples/${name}`),
);

/** The value at a path of keys in a generated schema. */
function at(schema: unknown, ...path: readonly string[]): unknown {
  return path.reduce((node, key) => isJsonObject(node) ? node[key] : undefined, schema);
}

function schemaOf(name: string): JsonObject {
  const file = generateSchemas().find(({ path }) => path === `schemas/${name}.schema.json`);
  return JSON.parse(file?.text ?? "{}");
}

for (const { path, text } of [...generateSchemas(), generateReadme()]) {
  Deno.test(`${path} is what deno task schemas writes`, () => {
    assert.equal(Deno.readTextFileSync(`${ROOT}${path}`), text, "run: deno task schemas");
  });
}

Deno.test("the first line of each shipped YAML file names a schema that exists", () => {
  for (const path of [...CONFIGS, ...MANIFESTS]) {
    const [first = ""] = Deno.readTextFileSync(path).split("\n");
    const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1];
    assert.ok(schema, `${path} begins with: ${first}`);
    const expected = CONFIGS.includes(path) ? "config" : "manifest";
    const target = resolve(dirname(path), schema);
    assert.equal(target, `${ROOT}schemas/${expected}.schema.json`, path);
    assert.ok(Deno.statSync(target).isFile);
  }
});

Deno.test("the shipped YAML files load without a warning", () => {
  assert.equal(loadConfig(`${ROOT}config.yaml`, () => undefined).ok, true);
  for (const path of MANIFESTS) {
    const loaded = loadManifest(path);
    assert.deepEqual([path, loaded.ok, loaded.ok && loaded.warnings], [path, true, []]);
  }
});

Deno.test("every key of config.yaml has a description, on every level", () => {
  const undescribed: string[] = [];
  function walk(schema: unknown, path: string): void {
    for (const [key, child] of Object.entries(at(schema, "properties") ?? {})) {
      const isSection = at(child, "properties") !== undefined;
      if (!isSection && at(child, "description") === undefined) undescribed.push(path + key);
      walk(child, `${path}${key}.`);
    }
  }
  const config = schemaOf("config");
  walk(config, "");
  walk(at(config, "properties", "plugins", "additionalProperties"), "plugins.NAME.");
  walk(schemaOf("manifest"), "manifest.");
  assert.deepEqual(undescribed, []);
});

Deno.test("a duration in the schema accepts what the gateway accepts, and text with a variable", () => {
  const schedule = ["additionalProperties", "properties", "schedule", "properties", "every"];
  const pattern = new RegExp(
    String(at(schemaOf("config"), "properties", "plugins", ...schedule, "pattern")),
  );
  for (const text of ["90s", "1h30m", "hourly", "${EVERY}", "${N:-5}m"]) {
    assert.match(text, pattern);
  }
  for (const text of ["", "5", "m5", "5 m", "daily ", "1.5h", "-1s"]) {
    assert.doesNotMatch(text, pattern);
    assert.equal(parseDuration(text), undefined);
  }
  fc.assert(fc.property(fc.nat({ max: 1e11 }), (ms) => pattern.test(formatDuration(ms))));
});

Deno.test("the schema's defaults are those that the gateway uses", () => {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-schemas-" });
  try {
    Deno.writeTextFileSync(`${folder}/config.yaml`, "plugins: { it: { schedule: { every: 1h } } }");
    const loaded = loadConfig(`${folder}/config.yaml`, () => undefined);
    assert.ok(loaded.ok);
    const service = at(schemaOf("config"), "properties", "service", "properties");
    const tick = at(service, "tick_interval", "default");
    const retention = at(service, "job_log_retention", "default");
    assert.equal(parseDuration(String(tick)), loaded.config.service.tickIntervalMs);
    assert.equal(parseDuration(String(retention)), loaded.config.service.jobLogRetentionMs);
    assert.equal(at(service, "name", "default"), loaded.config.service.name);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("all keys of the shipped config.yaml are in the schema", () => {
  const shipped = parse(Deno.readTextFileSync(`${ROOT}config.yaml`));
  const properties = at(schemaOf("config"), "properties");
  for (const key of Object.keys(shipped)) assert.ok(at(properties, key), key);
  for (const key of Object.keys(shipped.service)) {
    assert.ok(at(properties, "service", "properties", key), key);
  }
});
